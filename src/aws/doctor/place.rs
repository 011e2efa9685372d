//! Where the environment is to stand: the account, the region, its services, and the clock that requests are signed by.

use std::time::Duration;

use aws_config::Region;
use futures_util::future::{BoxFuture, join_all};
use jiff::Timestamp;
use tokio::time::timeout;

use crate::aws::clients::Clients;
use crate::aws::error::{Failure, failed};
use crate::aws::names;
use crate::model::Target;
use crate::provider::{Caller, Check, ErrorKind};

/// How long a service may take to answer at all. The calls themselves are tried for longer.
const ANSWER: Duration = Duration::from_secs(15);

/// How far off a clock may be. AWS refuses what was signed five minutes ago.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
const OFF: i64 = 60;

pub fn account(aws: &Clients, caller: &Caller) -> Check {
    let wanted = match &aws.environment.target {
        Target::Aws(target) => target.account.as_str(),
        Target::Local(_) => "",
    };
    match caller.account == wanted {
        true => Check::in_order("account", format!("{wanted}, as {}", caller.name)),
        false => Check::missing(
            "account",
            format!("the caller is {} of account {}, and not of {wanted}", caller.name, caller.account),
            format!("the definition of {} names that account, and no other is touched", aws.scope.environment),
            format!("choose credentials of account {wanted}, for instance with `AWS_PROFILE`"),
        ),
    }
}

/// One finding for each service that does not answer, or one that all do; and whether they do.
pub async fn endpoints(aws: &Clients) -> (Vec<Check>, bool) {
    let asked = services(aws).into_iter().map(async |(service, call)| {
        let why = match timeout(ANSWER, call).await {
            Err(_) => format!("no answer in {} s", ANSWER.as_secs()),
            // Whatever it says, it is there.
            Ok(Err(failure)) if failure.code.is_none() => failure.error.message,
            Ok(_) => return None,
        };
        let region = &aws.scope.region;
        Some(Check::missing(
            "endpoint",
            format!("{service} in {region} does not answer"),
            why,
            format!(
                "see that {region} is a region of AWS, that the way there is open, and what `AWS_ENDPOINT_URL` says"
            ),
        ))
    });
    let silent: Vec<Check> = join_all(asked).await.into_iter().flatten().collect();
    match silent.is_empty() {
        true => (vec![Check::in_order("endpoints", "every service answers")], true),
        false => (silent, false),
    }
}

type Call<'a> = BoxFuture<'a, Result<(), Failure>>;

/// Of each service the cheapest call that is granted anyway. STS has answered already.
fn services(aws: &Clients) -> Vec<(&'static str, Call<'_>)> {
    vec![
        (
            "EC2",
            Box::pin(async {
                let request = aws.ec2.describe_account_attributes().dry_run(true);
                request.send().await.map(drop).map_err(failed("ec2:DescribeAccountAttributes"))
            }),
        ),
        (
            "RDS",
            Box::pin(async {
                let request = aws.rds.describe_account_attributes();
                request.send().await.map(drop).map_err(failed("rds:DescribeAccountAttributes"))
            }),
        ),
        (
            "Elastic Load Balancing",
            Box::pin(async {
                let request = aws.balancing.describe_account_limits();
                request.send().await.map(drop).map_err(failed("elasticloadbalancing:DescribeAccountLimits"))
            }),
        ),
        (
            "Auto Scaling",
            Box::pin(async {
                let request = aws.autoscaling.describe_account_limits();
                request.send().await.map(drop).map_err(failed("autoscaling:DescribeAccountLimits"))
            }),
        ),
        (
            "Secrets Manager",
            Box::pin(async {
                let request = aws.secrets.list_secrets().max_results(1);
                request.send().await.map(drop).map_err(failed("secretsmanager:ListSecrets"))
            }),
        ),
        (
            "IAM",
            Box::pin(async {
                let request = aws.iam.get_account_authorization_details().max_items(1);
                request.send().await.map(drop).map_err(failed("iam:GetAccountAuthorizationDetails"))
            }),
        ),
    ]
}

/// What is wrong with the region, where AWS refuses every request in words that tell of credentials alone. `None`: nothing, or
/// it cannot be told.
pub async fn wrong_region(aws: &Clients) -> Option<Check> {
    let region = &aws.scope.region;
    let elsewhere = aws_sdk_ec2::config::Builder::new().region(Region::new(always_enabled(region)));
    let request = aws.ec2.describe_regions().region_names(region).all_regions(true);
    let answer = timeout(ANSWER, request.customize().config_override(elsewhere).send()).await.ok()?;
    let known = match answer.map_err(failed("ec2:DescribeRegions")) {
        Ok(answer) => answer.regions.unwrap_or_default(),
        Err(failure) if failure.error.kind == ErrorKind::Rejected => Vec::new(),
        Err(_) => return None,
    };
    match known.iter().find(|one| one.region_name() == Some(region)).map(|one| one.opt_in_status()) {
        None => Some(Check::missing(
            "region",
            format!("AWS knows no region {region}"),
            "the environment is to stand there",
            "write a region's code into `aws.region`, such as \"eu-west-1\"",
        )),
        Some(Some("not-opted-in")) => Some(Check::missing(
            "region",
            format!("{region} is not enabled in this account"),
            "AWS refuses all credentials in a region that is not",
            "enable it in the account's settings; that takes some minutes",
        )),
        Some(_) => None,
    }
}

/// A region of the same partition that no account can turn off. One that is not enabled tells nobody.
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
fn always_enabled(region: &str) -> &'static str {
    match names::partition(region) {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// A dry run is always answered with an error, and an error shows the answer's date.
pub async fn clock(aws: &Clients, now: Timestamp) -> Option<Check> {
    let error = aws.ec2.describe_regions().dry_run(true).send().await.err()?;
    let date = error.raw_response()?.headers().get("date")?;
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let off = now.duration_since(there).as_secs();
    Some(match off.abs() <= OFF {
        true => Check::in_order("clock", "as AWS's, to the minute"),
        false => Check::missing(
            "clock",
            format!("this machine's clock is {} s {} AWS's", off.abs(), if off > 0 { "ahead of" } else { "behind" }),
            "AWS refuses what was signed at another time; envctl signs it again by AWS's clock, other programs may not",
            "set the clock, and let it be kept by NTP",
        ),
    })
}
