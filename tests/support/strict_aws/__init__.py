"""A strict AWS for tests: a layer on moto that refuses what AWS refuses and lets things take their time.

Start it, with `tests/support` on the path and `tests/support/requirements.txt` installed::

    PYTHONPATH=tests/support python -m strict_aws --port 0 --speed 600

It prints one line, `listening on http://127.0.0.1:PORT`, and ends when its standard input does (`--stay`: not). Any AWS
SDK reaches it through `AWS_ENDPOINT_URL`. An access key `ACCOUNT111111111111` acts in the account 111111111111, in
whatever region the request is signed for; other keys act in `--account`; the credentials of AssumeRole act in the
role's account.

Control, plain JSON under `/strict/`:

==========================  ===========================================================================================
`GET calls`                 every call: service, action, account, region, parameters (secrets hidden), status, error,
                            time; `?after=N` leaves out the first N, `?action=…&service=…&account=…` select
`GET violations`            what no client should have sent, and what the layer could not answer: a test that finds
                            any here has failed; `?account=…` selects
`POST reset`                everything is gone, moto's state too; the clock runs on
`GET/POST clock`            `{"speed": 600}`: AWS seconds in a real second; 0 stands still
`POST settle`               `{"seconds": 3600}`: so much AWS time passes at once, event by event
`GET/POST door`             `{"ahead": 600, "disabled": ["eu-south-2"]}`: AWS's clock is so many seconds ahead of this
                            machine's, and these regions are not enabled; `{}`: as it should be
`GET/POST sick`             `{"user_data": ["text"]}`: instances started with user data that contains it never become
                            healthy, and where no load balancer asks turn themselves off
`GET/POST deny`             `{"actions": ["rds:*"]}`: permissions taken away, from DryRun and simulation too
`POST policy`               `{"account": "111111111111", "documents": […]}`: from now on that account's caller may do
                            what these policies allow and nothing else, roles aside; `null`: everything
`GET judged`                the actions by which policies have judged calls, those that go with a call too
                            (`iam:PassRole`, `ec2:CreateTags`), dry runs aside; `?account=…` selects
`POST database`             `{"identifier": "app", "account": "111111111111", "status": "failed", "version": "16.10"}`:
                            what AWS does by itself: puts a database into a state, or onto another minor version
`GET/POST nat`              `{"count": 1}`: so many NAT gateways that are created next end in `failed`; `code` and
                            `message` say with what
`GET/POST lag`              `{"secretsmanager:ListSecrets": 300, "iam:GetAccountAuthorizationDetails": 10}`: these
                            listings show the state of so many AWS seconds ago, but not to the inventory; `{}`: none
`GET/POST young`            `{"seconds": 10}`: what EC2 has made less than so many AWS seconds ago is in no description,
                            and whoever names it is told that there is none, but not in the inventory; `{}`: all is seen
`GET/POST faults`           `{"seed": 7, "rules": [{"fault": "cut", "when": "after", "probability": 0.1}]}`: what goes
                            wrong from now on, and what has (`struck`). Faults: `throttle`, `fail` (500), `unavailable`
                            (503), `delay` (of `milliseconds`), `cut` (the connection is reset), `hang` (no answer
                            ever), `hold` (this call and all after it hang); `when`: `before` (the default) or `after`
                            the effect. Conditions, all of which must hold: `actions` (patterns), `changes` (no call
                            that only reads), `every` (2: of each action's calls the first, third, …), `at` (the k-th
                            that meets those three), `probability`. `{}`: none; what hangs is then cut off. Recorded as `fault` with the call; its status is 0 if it was cut off
                            before the effect
`GET held`                  `{"stopped_at": "ec2:CreateVpc", "held": 3, "serving": 0}`: where a `hold` stopped all
==========================  ===========================================================================================

`python -m strict_aws.inventory --endpoint URL --region R --account ID` lists what an account holds; without `--account`,
of each account that a line of its standard input names. It asks with boto3, is not recorded, never lags or fails, and
shares no code with the rules.

How it works: `middleware` reads each request back through botocore's model (`call`, `model`), refuses what breaks it,
and hands it to the rule of its action (`registry`, `rules/`), or to moto if there is none. A rule may refuse, change
the request or the answer, or answer from a state of its own: RDS and Auto Scaling are answered by the layer alone.
What takes time is an event on one queue (`clock`) that runs when a request arrives, each event at its own instant.
Durations are scaled; the stamps in answers are wall time. One request is executed at a time; `faults` come before or
after that.

Deviations of plain moto that are closed
    * Deletion order: network interfaces hold subnets and groups (instances, load balancers and, for two minutes, their
      remains, NAT gateways, databases); rules hold the groups they reference; addresses in use; internet gateways with
      public addresses behind them; associated route tables; networks with anything in them; roles, profiles, target
      groups, subnet groups, parameter groups.
    * ClientToken of RunInstances, CreateLaunchTemplate, CreateLaunchTemplateVersion, CreateNatGateway,
      CreateRouteTable, CreateVpcEndpoint. Filter `client-token`.
    * Tag filters on every EC2 description; unknown filters are refused.
    * DryRun never executes.
    * Calls that neither moto nor the layer knows: an error in the protocol's form, and a violation.
    * VPC endpoints: their interfaces and routes, private names, what they hold. Prefix lists of rules must exist.
    * Time: NAT gateways 90 s (45 s to go), load balancers 150 s, interface endpoints 60 s each way, instances 30 s each
      way, databases 5 min (1 min to change, after 10 s in which they still say available; 5 min of
      storage-optimization; 2 min to stop, 4 to start; 3 min to go; protected for 5 s longer than they are told),
      snapshots 2 min, groups 60 s to go, target health, secrets' recovery windows, fresh instance profiles 10 s.
    * RDS: managed passwords with the chosen user, password and user rules, pending changes, storage rules, versions by
      major, final snapshots, deletion protection, engine versions, parameters and which of them are the user's,
      stopped databases.
    * Auto Scaling: names, bounds, spread, activities, health, replacement, refresh with batches, warm-up, progress,
      cancellation and rollback, images by parameter, architectures.
    * ELBv2: idempotent names, zones, deletion protection, duplicate listeners, interfaces.
    * Secrets: blocked names, asynchronous forced deletion. STS: roles must exist. IAM: simulation, profile tags.
    * Launch templates: SourceVersion inherits; more than fifteen are listed.
    * Requests: required members, lengths, ranges, patterns, enums, unknown members; tags; names.

Still open
    * Codes were held against botocore's models where these name errors; EC2's are not in its model and, like the texts
      of most messages, stand as remembered from its documentation: match codes, never texts.
    * Delayed visibility but for `lag` and `young`, and quotas (addresses, networks, rules of a group) are not simulated.
    * EC2's descriptions are not paged; the pages of the other services are moto's, those of RDS and Auto Scaling one.
    * RDS: no clusters, replicas, restores, option groups, proxies, renames; parameters are a sample, the maintenance
      window never comes, databases need a subnet group.
    * Auto Scaling: no policies, hooks, warm pools, mixed instances, launch configurations, zone rebalancing.
    * RunInstances of a launch template merges it as moto does. Peering and network ACLs are moto's.
    * VPC endpoints: gateways and interfaces of ten services; no policies, no names, no other types.
    * Policies: `policy` and `needs` judge what envctl calls; of conditions StringEquals, StringLike and ArnLike; roles
      only by SimulatePrincipalPolicy, with moto's conditions. Service-linked roles are there already.
    * The tagging API is refused: it would miss what the layer keeps itself.
    * Load balancers answer no traffic; databases take no connections.
"""
