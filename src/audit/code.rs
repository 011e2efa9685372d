use serde::{Serialize, Serializer};

use super::Severity;

/// What sort of finding it is: a name that never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    SharedDatabase,
    ForeignDatabase,
    SharedServer,
    SharedSecret,
    SharedCredential,
    SharedAccessKey,
    SharedRole,
    SharedKeyPair,
    ForeignRole,
    CrossingPermission,
    CrossingOperator,
    CrossingPolicy,
    JoinedNetworks,
    OverlappingNetworks,
    SharedNetwork,
    CrossingRule,
    PublicDatabase,
    WideSecurityGroup,
    ForeignAddress,
    ForeignResource,
    ForeignDomain,
    ForeignAccount,
    ForeignLogin,
    SharedDomain,
    SharedCertificate,
    TestKey,
    LiveKey,
    Placeholder,
    ExampleKey,
    Mock,
    Loopback,
    OldSecret,
    UnknownEnvironment,
    Orphan,
    Missing,
    ExpiredWaiver,
    UnusedWaiver,
    WideWaiver,
    UnexplainedWaiver,
    SharedAccount,
    OpenAudience,
}

/// What holds for every finding of a code.
struct About {
    code: Code,
    name: &'static str,
    /// The severity of the worst direction.
    severity: Severity,
    /// Whether definitions alone can never show it.
    live_only: bool,
    title: &'static str,
}

macro_rules! about {
    ($($code:ident $name:literal $severity:ident $live:literal $title:literal)*) => {
        const ABOUT: &[About] = &[$(About {
            code: Code::$code, name: $name, severity: Severity::$severity, live_only: $live, title: $title,
        }),*];
    };
}

about! {
    SharedDatabase "shared-database" Critical false "One database behind several environments"
    ForeignDatabase "foreign-database" Critical false "An environment that uses another's database"
    SharedServer "shared-server" High false "One database server behind several environments"
    SharedSecret "shared-secret" Critical false "One secret value in several environments"
    SharedCredential "shared-credential" Critical false "One password or key in several environments"
    SharedAccessKey "shared-access-key" Critical false "One access key in several environments"
    SharedRole "shared-role" Critical false "One IAM role for several environments"
    SharedKeyPair "shared-key-pair" High true "One key pair for several environments"
    ForeignRole "foreign-role" Critical false "A role in another environment's account"
    CrossingPermission "crossing-permission" Critical false "A role that reaches another environment"
    CrossingOperator "crossing-operator" Critical true "Operators who can write to another environment"
    CrossingPolicy "crossing-policy" Critical true "A resource policy that lets another environment in"
    JoinedNetworks "joined-networks" High true "Networks that are joined"
    OverlappingNetworks "overlapping-networks" High true "Joined networks whose ranges overlap"
    SharedNetwork "shared-network" Critical true "One network for several environments"
    CrossingRule "crossing-rule" Critical true "A security group that lets another environment in"
    PublicDatabase "public-database" Critical true "A database that the internet can reach"
    WideSecurityGroup "wide-security-group" High true "A security group wider than the audience"
    ForeignAddress "foreign-address" High false "An address in another environment's network"
    ForeignResource "foreign-resource" High false "An environment that uses another's resource"
    ForeignDomain "foreign-domain" High false "An environment that points to another's domain"
    ForeignAccount "foreign-account" High false "An environment that names another's account"
    ForeignLogin "foreign-login" High false "A user or database that is called after another environment"
    SharedDomain "shared-domain" High false "One domain for several environments"
    SharedCertificate "shared-certificate" Medium false "One certificate for several environments"
    TestKey "test-key-in-production" High false "A provider's test key in production"
    LiveKey "live-key-outside-production" Critical false "A provider's live key outside production"
    Placeholder "placeholder-in-production" High false "A placeholder in production"
    ExampleKey "example-key" Medium false "A key out of somebody's documentation"
    Mock "mock-in-production" High false "A stand-in in production"
    Loopback "loopback-in-production" Medium false "Production tells its audience to go to their own machine"
    OldSecret "old-secret" Medium true "A secret that is older than all environments"
    UnknownEnvironment "unknown-environment" Medium true "Resources of an environment that nobody defines"
    Orphan "orphan" Low true "A resource that no definition knows"
    Missing "missing" Low true "A part of a definition that does not exist"
    ExpiredWaiver "expired-waiver" Low false "A waiver that has expired"
    UnusedWaiver "unused-waiver" Low false "A waiver that waives nothing"
    WideWaiver "wide-waiver" Low false "A waiver that is too wide"
    UnexplainedWaiver "unexplained-waiver" Low false "A waiver without reason or owner"
    SharedAccount "shared-account" Note false "One account for several environments"
    OpenAudience "open-audience" Note false "An environment besides production that everyone can reach"
}

impl Code {
    pub fn all() -> impl Iterator<Item = Self> {
        ABOUT.iter().map(|about| about.code)
    }

    /// In kebab case, as JSON, SARIF and waivers write it.
    pub fn as_str(self) -> &'static str {
        self.about().name
    }

    /// What it is about, in a few words.
    pub fn title(self) -> &'static str {
        self.about().title
    }

    pub fn severity(self) -> Severity {
        self.about().severity
    }

    pub fn is_live_only(self) -> bool {
        self.about().live_only
    }

    pub fn is_about_waivers(self) -> bool {
        matches!(self, Self::ExpiredWaiver | Self::UnusedWaiver | Self::WideWaiver | Self::UnexplainedWaiver)
    }

    fn about(self) -> &'static About {
        // The table is in the order of the codes, which a test holds.
        &ABOUT[self as usize]
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_codes_and_each_name_stands_once() {
        assert!(Code::all().enumerate().all(|(place, code)| code as usize == place));
        let names: BTreeSet<&str> = Code::all().map(Code::as_str).collect();
        assert_eq!(names.len(), ABOUT.len());
        assert!(Code::OpenAudience as usize + 1 == ABOUT.len());
    }
}
