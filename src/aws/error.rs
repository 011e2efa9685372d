//! Turns what the SDK reports into errors by what can be done about them.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::provider::{Error, ErrorKind};

/// A call that failed, with AWS's own code where there was an answer.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Option<String>,
    pub error: Error,
}

impl Failure {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { code: None, error: Error::new(kind, message) }
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
pub fn failed<E, R>(action: &'static str) -> impl Fn(SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    move |error| {
        let failure = failure(action, &error);
        tracing::debug!(action, kind = ?failure.error.kind, "{}", failure.error.message);
        failure
    }
}

fn failure<E, R>(action: &str, error: &SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let meta = answer.err().meta();
            let code = meta.code().unwrap_or("an answer without a code");
            let message = meta.message().unwrap_or_default();
            let request = meta.extra("aws_request_id").map(|id| format!(" (request {id})")).unwrap_or_default();
            Failure {
                code: Some(code.to_owned()),
                error: Error::new(kind_of(code, message), format!("{action}: {code}: {message}{request}")),
            }
        }
        SdkError::TimeoutError(_) => Failure::new(ErrorKind::Transient, format!("{action}: no answer in time")),
        SdkError::DispatchFailure(cause) if !(cause.is_io() || cause.is_timeout()) => {
            Failure::new(ErrorKind::Unauthenticated, format!("{action}: {}", DisplayErrorContext(error)))
        }
        SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            Failure::new(ErrorKind::Transient, format!("{action}: {}", DisplayErrorContext(error)))
        }
        _ => Failure::new(ErrorKind::Rejected, format!("{action}: {}", DisplayErrorContext(error))),
    }
}

/// An answer that lacks what the API promises.
pub fn lacking(action: &str, what: &str) -> Failure {
    Failure::new(ErrorKind::Unexpected, format!("{action}: the answer lacks {what}"))
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

/// By the lists of error codes in the API references of EC2, RDS, IAM, Auto Scaling, Elastic Load Balancing and
/// Secrets Manager, and by the eventual-consistency pages of EC2 and IAM.
fn kind_of(code: &str, message: &str) -> ErrorKind {
    match code {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "InternalError"
        | "InternalFailure"
        | "InternalServiceError"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Unavailable"
        | "ServiceFailure"
        | "ConcurrentModification" => ErrorKind::Transient,
        // Made a moment ago and not yet visible everywhere.
        "InvalidVpcID.NotFound"
        | "InvalidSubnetID.NotFound"
        | "InvalidGroup.NotFound"
        | "InvalidGroupId.NotFound"
        | "InvalidInternetGatewayID.NotFound"
        | "InvalidRouteTableID.NotFound"
        | "InvalidAllocationID.NotFound"
        | "InvalidNatGatewayID.NotFound"
        | "NatGatewayNotFound"
        | "InvalidLaunchTemplateId.NotFound"
        | "NoSuchEntity"
        | "InvalidGatewayID.NotFound"
        | "DBParameterGroupNotFound"
        | "DBSubnetGroupNotFoundFault" => ErrorKind::Transient,
        // A fresh instance profile is refused for up to two minutes.
        "ValidationError" | "InvalidParameterValue"
            if message.contains("Invalid IAM Instance Profile") || message.contains("has no associated IAM Roles") =>
        {
            ErrorKind::Transient
        }
        "DependencyViolation"
        | "ResourceInUse"
        | "ResourceInUseFault"
        | "ResourceInUseException"
        | "DeleteConflict"
        | "ScalingActivityInProgress"
        | "InstanceRefreshInProgress"
        | "InvalidDBInstanceState"
        | "InvalidDBSubnetGroupStateFault"
        | "InvalidDBSubnetGroupState"
        | "InvalidDBParameterGroupState"
        | "InvalidIPAddress.InUse"
        | "AuthFailure.InUse"
        | "IncorrectState"
        | "InvalidState" => ErrorKind::InUse,
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" | "Client.UnauthorizedOperation" => {
            ErrorKind::Denied
        }
        "AuthFailure"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "OptInRequired" => ErrorKind::Unauthenticated,
        _ if code.contains("LimitExceeded") || code.contains("QuotaExceeded") || code.starts_with("TooMany") => {
            ErrorKind::Quota
        }
        _ => ErrorKind::Rejected,
    }
}
