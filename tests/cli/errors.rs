use std::io;

use envctl::cli::{Error, Exit, Refusal, find};
use envctl::definition::{SourceFile, Sources};
use envctl::model::Name;
use envctl::provider::{Error as Provider, ErrorKind};
use snapbox::{assert_data_eq, str};

use crate::ui::plain;
use crate::ui::sample::{definition, header};

fn unknown(wanted: &str) -> String {
    let (name, prod) = (Name::new("prod").unwrap(), definition("prod", header().target, None));
    let file = |name: &str| SourceFile::new(format!("environments/{name}.toml"), "");
    // The definitions of `dev` and `staging` do not hold; what they are called is known all the same.
    let sources = Sources { environments: ["dev", "prod", "staging"].map(file).to_vec(), ..Sources::default() };
    let error = find(&[(name, prod)].into(), &sources, wanted).unwrap_err();
    assert_eq!(error.exit(), Exit::Trouble);
    plain(&error.human())
}

#[test]
fn an_unknown_environment_is_never_guessed() {
    assert_data_eq!(
        unknown("stagin"),
        str![[r#"
error: no environment is called `stagin`
  known: dev, prod, staging
  help: did you mean `staging`? envctl never guesses an environment

"#]]
    );
    assert_data_eq!(
        unknown("qa"),
        str![[r#"
error: no environment is called `qa`
  known: dev, prod, staging
  help: a preview is in no file: name it with what it is a copy of, as in
        `pr-123 --like staging`

"#]]
    );
    assert_data_eq!(
        plain(&find(&[].into(), &Sources::default(), "qa").unwrap_err().human()),
        str![[r#"
error: no environment is called `qa`
  help: the project defines none: add one as `environments/NAME.toml`

"#]]
    );
}

#[test]
fn every_kind_of_error_has_its_exit_code() {
    let provider = |kind| Error::Provider(Provider::new(kind, "message"));
    let name = || Name::new("prod").unwrap();
    let codes = [
        (Error::Definitions { errors: 2 }, 2),
        (Error::Use { message: "no".to_owned(), hint: None }, 2),
        (Error::Refused(vec![]), 3),
        (
            Error::WrongAccount {
                environment: name(),
                wanted: "1".to_owned(),
                actual: "2".to_owned(),
                caller: "role".to_owned(),
            },
            3,
        ),
        (provider(ErrorKind::Denied), 2),
        (provider(ErrorKind::NotOurs), 3),
        (Error::Abandoned, 4),
        (Error::Io { doing: "cannot read".to_owned(), source: io::ErrorKind::NotFound.into() }, 2),
        #[cfg(feature = "aws")]
        {
            use envctl::{graph::GraphError, model::Address};
            (Error::Blueprint(GraphError::Twice(Address::new("vpc", "main")).into()), 70)
        },
    ];
    for (error, code) in codes {
        assert_eq!(error.exit().code(), code, "{error}");
        plain(&error.human());
    }
}

#[test]
fn a_provider_s_refusal_says_what_helps() {
    let error = Provider::new(
        ErrorKind::Unauthenticated,
        "describe-vpcs: the security token included in the request is expired (ExpiredToken, request 8a2f)",
    );
    assert_data_eq!(
        plain(&Error::from(error).human()),
        str![[r#"
error: the provider could not be asked
  describe-vpcs: the security token included in the request is expired
  (ExpiredToken, request 8a2f)
  help: log in to the provider again, or choose other credentials
        (`AWS_PROFILE`); a region that is not enabled refuses them all.

"#]]
    );
}

#[test]
fn a_refusal_tells_all_reasons_then_all_remedies() {
    let refusal = |why: &str, remedy: &str| Refusal { why: why.to_owned(), remedy: remedy.to_owned() };
    let error = Error::Refused(vec![
        refusal("this deletes the data of database.main", "add `--allow-data-loss database.main`"),
        refusal("`prod` is protected", "name the environment: `--confirm prod`"),
    ]);
    assert_data_eq!(
        plain(&error.human()),
        str![[r#"
error: refused: nothing was changed
  this deletes the data of database.main
  `prod` is protected
  help: add `--allow-data-loss database.main`
  help: name the environment: `--confirm prod`

"#]]
    );
}
