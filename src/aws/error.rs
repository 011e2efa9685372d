//! Turns what the SDK reports into errors by what can be done about them.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::ErrorKind as RetryKind;

use super::clients::Scope;
use crate::provider::{Error, ErrorKind};

/// A call that failed, with AWS's own code where there was an answer.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Option<String>,
    pub error: Error,
    /// It may have been carried out all the same: there was no answer, or one of a fault.
    pub may_be_done: bool,
}

impl Failure {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { code: None, error: Error::new(kind, message), may_be_done: false }
    }

    fn with_remedy(self, remedy: &str) -> Self {
        Self { error: self.error.with_remedy(remedy), ..self }
    }

    /// What the call was about does not exist.
    pub fn is_not_found(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            code.contains("NotFound") || code == "NoSuchEntity" || code == "ResourceNotFoundException"
        })
    }

    /// Something of this name exists already.
    pub fn is_already_exists(&self) -> bool {
        self.code.as_deref().is_some_and(|code| {
            code.contains("AlreadyExists")
                || matches!(
                    code,
                    "AlreadyExists"
                        | "EntityAlreadyExists"
                        | "ResourceExistsException"
                        | "InvalidGroup.Duplicate"
                        | "DuplicateLoadBalancerName"
                        | "DuplicateTargetGroupName"
                        | "DuplicateListener"
                        | "InvalidPermission.Duplicate"
                        | "RouteAlreadyExists"
                        | "Resource.AlreadyAssociated"
                )
        })
    }

    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// Names the call that failed: `.map_err(failed("ec2:CreateVpc"))`.
pub fn failed<E>(action: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    move |error| {
        let failure = Failure { may_be_done: may_be_done(&error), ..failure(action, &error) };
        tracing::debug!(action, kind = ?failure.error.kind, "{}", failure.error.message);
        failure
    }
}

fn failure<E>(action: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let meta = answer.err().meta();
            let status = answer.raw().status().as_u16();
            let Some(code) = meta.code() else {
                // Not AWS's own, but that of something before it; or nothing at all.
                let kind = if is_passing(status) { ErrorKind::Transient } else { ErrorKind::Rejected };
                return Failure::new(kind, format!("{action}: the answer is a {status} that says nothing more"));
            };
            let message = meta.message().unwrap_or_default();
            let request = meta.extra("aws_request_id").map(|id| format!(" (request {id})")).unwrap_or_default();
            let kind = match kind_of(code, message) {
                ErrorKind::Rejected if is_passing(status) => ErrorKind::Transient,
                kind => kind,
            };
            let message = format!("{action}: {code}: {message}{request}");
            Failure { code: Some(code.to_owned()), ..Failure::new(kind, message) }
        }
        SdkError::TimeoutError(_) => Failure::new(ErrorKind::Transient, format!("{action}: no answer in time")),
        // A connection that ends without an answer is none of its own kinds to the SDK, but marked as passing.
        SdkError::DispatchFailure(cause)
            if !(cause.is_io() || cause.is_timeout() || cause.as_other() == Some(RetryKind::TransientError)) =>
        {
            match has_no_credentials(error) {
                true => Failure::new(ErrorKind::Unauthenticated, format!("{action}: {}", no_credentials()))
                    .with_remedy(LOG_IN),
                // Whoever has some may not be let into a role, or have what has expired.
                false => Failure::new(ErrorKind::Unauthenticated, format!("{action}: {}", causes(error))),
            }
        }
        SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            Failure::new(ErrorKind::Transient, format!("{action}: {}", causes(error))).with_remedy(
                "see that the way to AWS is open (network, proxy, `AWS_ENDPOINT_URL`), and run the same command again",
            )
        }
        _ => Failure::new(ErrorKind::Rejected, format!("{action}: {}", causes(error))),
    }
}

fn may_be_done<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        // EC2 throttles with a 503.
        SdkError::ServiceError(answer) => {
            let is_throttled = answer.err().meta().code().is_some_and(|code| THROTTLED.contains(&code));
            answer.raw().status().is_server_error() && !is_throttled
        }
        SdkError::DispatchFailure(cause) => !cause.is_user(),
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        _ => false,
    }
}

/// An error of the server's, or of what stands before it, and not of the request.
fn is_passing(status: u16) -> bool {
    status == 429 || status >= 500
}

/// What happened and why, one cause after the other, each once. (The SDK's own way of showing them adds a dump of the
/// error's fields, and of the answer's.)
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(cause) = at {
        let text = cause.to_string();
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
        at = cause.source();
    }
    said.join(": ")
}

/// The SDK says so in a list of each place that was asked, ten lines that all say the same; or in the words of the last of
/// them, the metadata service of machines at AWS.
fn has_no_credentials(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|cause| {
        let text = cause.to_string();
        text.starts_with("no credentials found in chain") || text.contains("IMDS")
    })
}

/// What somebody without credentials does first.
const LOG_IN: &str =
    "log in to AWS (`aws sso login`, `aws configure`), or set `AWS_PROFILE` to a profile that has credentials";

/// With the profile that the SDK looks for: a mistyped name is seen where it stands.
#[expect(clippy::disallowed_methods, reason = "the SDK reads it, too, and does not say so")]
fn no_credentials() -> String {
    let profile = match std::env::var("AWS_PROFILE") {
        Ok(name) if !name.is_empty() => format!("the profile {name:?}, which `AWS_PROFILE` names"),
        _ => "the profile `default`".to_owned(),
    };
    format!(
        "no AWS credentials: neither the environment's variables, nor {profile}, nor a web identity, nor the machine that \
         this runs on gives any"
    )
}

/// An answer that lacks what the API promises.
pub fn lacking(action: &str, what: &str) -> Failure {
    Failure::new(ErrorKind::Unexpected, format!("{action}: the answer lacks {what}"))
}

/// An environment stands in one region: what is in another would stay there unseen.
pub fn stands_elsewhere(scope: &Scope, there: &str) -> Failure {
    let (name, here) = (&scope.environment, &scope.region);
    Failure::new(ErrorKind::Elsewhere, format!("{name} stands in {there}, not in {here}"))
}

/// Made a moment ago, and not to be seen yet.
pub fn not_visible_yet(what: &str) -> Failure {
    Failure::new(ErrorKind::Transient, format!("{what} was made and does not show yet"))
}

/// What is not there is an empty answer, not an error.
pub fn found<T>(result: Result<Vec<T>, Failure>) -> Result<Vec<T>, Failure> {
    match result {
        Err(failure) if failure.is_not_found() => Ok(Vec::new()),
        other => other,
    }
}

/// What is gone already needs no deleting.
pub fn gone<T>(result: Result<T, Failure>) -> Result<(), Failure> {
    match result {
        Err(failure) if failure.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}

/// Too many calls: this one was not carried out.
const THROTTLED: [&str; 5] =
    ["BandwidthLimitExceeded", "RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException"];

/// A fault of AWS's own, or something else at work there.
const BUSY: [&str; 18] = [
    "ConcurrentModification",
    "DBInstanceNotReady",
    "EntityTemporarilyUnmodifiable",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "PriorRequestNotComplete",
    "RequestTimeout",
    "RequestTimeoutException",
    "ResourceContention",
    "ServiceFailure",
    "ServiceLinkedRoleFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "ThrottledException",
    "TooManyRequestsException",
    "Unavailable",
];

/// What a call refers to was made a moment ago and is not visible everywhere yet.
/// <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
const NOT_YET_VISIBLE: [&str; 20] = [
    "DBParameterGroupNotFound",
    "DBSubnetGroupNotFoundFault",
    "InvalidAllocationID.NotFound",
    "InvalidGatewayID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidGroupId.NotFound",
    "InvalidInternetGatewayID.NotFound",
    "InvalidLaunchTemplateId.NotFound",
    "InvalidNatGatewayID.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidSecurityGroup",
    // Of load balancers and databases: the subnet, or its way to the internet gateway.
    "InvalidSubnet",
    "InvalidSubnetID.NotFound",
    "InvalidVpcID.NotFound",
    "LoadBalancerNotFound",
    "NatGatewayNotFound",
    "NoSuchEntity",
    "SubnetNotFound",
    "TargetGroupNotFound",
    "InvalidVpcEndpointId.NotFound",
];

/// Still used, or in the middle of another change.
const IN_USE: [&str; 14] = [
    "AuthFailure.InUse",
    "DeleteConflict",
    "DependencyViolation",
    "IncorrectState",
    "InstanceRefreshInProgress",
    "InvalidDBInstanceState",
    "InvalidDBParameterGroupState",
    "InvalidDBSubnetGroupStateFault",
    "InvalidIPAddress.InUse",
    "InvalidState",
    "ResourceInUse",
    "ResourceInUseException",
    "ResourceInUseFault",
    "ScalingActivityInProgress",
];

const DENIED: [&str; 3] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

const UNAUTHENTICATED: [&str; 11] = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "OptInRequired",
    "RequestExpired",
    "RequestInTheFuture",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// By the lists of error codes in the API references of EC2, RDS, IAM, Auto Scaling, Elastic Load Balancing and
/// Secrets Manager.
fn kind_of(code: &str, message: &str) -> ErrorKind {
    // A fresh instance profile is refused for up to two minutes.
    let fresh_profile =
        message.contains("Invalid IAM Instance Profile") || message.contains("has no associated IAM Roles");
    // Deletion protection was cleared a moment ago.
    let still_protected = message.contains("Cannot delete protected DB");
    match code {
        "ValidationError" | "InvalidParameterValue" if fresh_profile => ErrorKind::Transient,
        "InvalidParameterCombination" if still_protected => ErrorKind::InUse,
        code if THROTTLED.contains(&code) || BUSY.contains(&code) || NOT_YET_VISIBLE.contains(&code) => {
            ErrorKind::Transient
        }
        code if IN_USE.contains(&code) => ErrorKind::InUse,
        code if DENIED.contains(&code) => ErrorKind::Denied,
        code if UNAUTHENTICATED.contains(&code) => ErrorKind::Unauthenticated,
        code if code.contains("LimitExceeded") || code.contains("QuotaExceeded") || code.starts_with("TooMany") => {
            ErrorKind::Quota
        }
        _ => ErrorKind::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::operation::create_vpc::CreateVpcError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    #[test]
    fn codes_are_told_by_what_can_be_done() {
        let cases = [
            ("RequestLimitExceeded", "", ErrorKind::Transient),
            ("InvalidVpcID.NotFound", "", ErrorKind::Transient),
            ("ValidationError", "Invalid IAM Instance Profile name", ErrorKind::Transient),
            ("ValidationError", "1 validation error detected", ErrorKind::Rejected),
            ("DependencyViolation", "", ErrorKind::InUse),
            ("InvalidParameterCombination", "Cannot delete protected DB Instance", ErrorKind::InUse),
            ("AddressLimitExceeded", "", ErrorKind::Quota),
            ("UnauthorizedOperation", "", ErrorKind::Denied),
            ("ExpiredToken", "", ErrorKind::Unauthenticated),
            ("InvalidSignatureException", "Signature expired", ErrorKind::Unauthenticated),
            ("InvalidAMIID.NotFound", "", ErrorKind::Rejected),
        ];
        for (code, message, kind) in cases {
            assert_eq!(kind_of(code, message), kind, "{code}: {message}");
        }
    }

    #[test]
    fn what_was_throttled_was_not_done_and_of_a_fault_nobody_knows() {
        let answered = |status: u16, code: &str| {
            let error = CreateVpcError::generic(ErrorMetadata::builder().code(code).build());
            let status = StatusCode::try_from(status).expect("it is one");
            may_be_done(&SdkError::service_error(error, HttpResponse::new(status, SdkBody::empty())))
        };
        assert!(!answered(503, "RequestLimitExceeded") && !answered(400, "InvalidParameterValue"));
        assert!(answered(503, "Unavailable") && answered(500, "InternalError"));
        assert!(may_be_done::<CreateVpcError>(&SdkError::timeout_error("no answer")));
    }
}
