use crate::diff::{Finding, Kind, Severity};
use crate::model::Name;
use crate::ui::text::count;

/// Findings that are shown together. The order is that of the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Sharing,
    Secrets,
    Shape,
    OneSided,
    Config,
    Capacity,
    Waivers,
}

impl Section {
    const ALL: [Self; 7] =
        [Self::Sharing, Self::Secrets, Self::Shape, Self::OneSided, Self::Config, Self::Capacity, Self::Waivers];

    pub fn title(self) -> &'static str {
        match self {
            Self::Secrets => "Secrets that the other side keeps in plain text",
            Self::Shape => "Shape differs",
            Self::OneSided => "Only on one side",
            Self::Config => "Config values that differ without being audience",
            Self::Capacity => "Capacity differs",
            Self::Sharing => "Shared, though each must have its own",
            Self::Waivers => "Waivers that need attention",
        }
    }

    /// What holds for all findings of the section, and what to do.
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::Config => Some("Declare a key { audience = true } if each environment shall have its own."),
            _ => None,
        }
    }

    fn of(finding: &Finding) -> Self {
        match (finding.severity, finding.kind) {
            (Severity::Capacity, _) => Self::Capacity,
            (Severity::Sharing, _) => Self::Sharing,
            (Severity::Waiver, _) => Self::Waivers,
            (_, Kind::Missing | Kind::Extra) => Self::OneSided,
            (_, Kind::ConfigValue) => Self::Config,
            (_, Kind::PlainSecret) => Self::Secrets,
            _ => Self::Shape,
        }
    }

    /// The findings by section, without the sections that have none.
    pub fn of_all(findings: &[Finding]) -> Vec<(Self, Vec<&Finding>)> {
        let of = |section| findings.iter().filter(|finding| Self::of(finding) == section).collect::<Vec<_>>();
        Self::ALL.map(|section| (section, of(section))).into_iter().filter(|(_, found)| !found.is_empty()).collect()
    }
}

/// How many findings there are, by what they are about: `3 in shape, 1 in capacity`.
pub fn tally(findings: &[Finding]) -> String {
    let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let parts = [
        (number(Severity::Sharing), "shared"),
        (number(Severity::Shape), "in shape"),
        (number(Severity::Capacity), "in capacity"),
    ];
    let mut parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    match number(Severity::Waiver) {
        0 => {}
        waivers => parts.push(format!("{} to mend", count(waivers, "waiver"))),
    }
    parts.join(", ")
}

/// What a finding's kind says, where its section does not say it already.
pub fn label(finding: &Finding, left: &Name, right: &Name) -> Option<String> {
    Some(match finding.kind {
        Kind::Missing => format!("missing in {left}"),
        Kind::Extra => format!("missing in {right}"),
        Kind::Inverted => format!("inverted: {left} is the larger"),
        Kind::Expired => "expired".to_owned(),
        Kind::Unused => "unused".to_owned(),
        Kind::TooWide => "too wide".to_owned(),
        Kind::Unexplained => "unexplained".to_owned(),
        _ => return None,
    })
}

/// One character for the kind, readable without colour.
pub fn marker(kind: Kind) -> char {
    match kind {
        Kind::Missing => '-',
        Kind::Extra => '+',
        Kind::Inverted | Kind::PlainSecret => '!',
        Kind::SharedAudience | Kind::SharedData => '=',
        Kind::Expired | Kind::Unused | Kind::TooWide | Kind::Unexplained => '?',
        _ => '~',
    }
}
