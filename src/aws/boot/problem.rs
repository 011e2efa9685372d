use crate::model::Placeholder;

/// Why a component has no user data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "the user data of component {component} can grow to {bytes} bytes when it is packed, more than EC2's {}: \
         its config has {config} before that; move large values into a file of the release",
        super::LIMIT
    )]
    TooLarge { component: String, bytes: usize, config: usize },
    #[error("config key {key} has no value: set it under [audience.config]")]
    Unset { key: String },
    #[error("{place} names {placeholder}, which the definition does not declare")]
    Undeclared { place: String, placeholder: Placeholder },
    #[error("{place} names {{audience.domain}}, but the audience has no domain: set it under [audience]")]
    NoDomain { place: String },
    #[error(
        "the command of component {component} names {placeholder}: every user of the machine can read arguments; \
         let it read the environment instead"
    )]
    SecretInCommand { component: String, placeholder: Placeholder },
    #[error("{place} names {placeholder}, which is known only once the component runs")]
    TooLate { place: String, placeholder: Placeholder },
    #[error("the command of component {component} has a quote that is never closed")]
    Unquoted { component: String },
    #[error("component {component} has an empty command, and an artifact has none of its own")]
    NoCommand { component: String },
}
