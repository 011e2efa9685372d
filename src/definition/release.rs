use toml_edit::{DocumentMut, Item, value};

/// An environment's file with another release in it, layout and comments kept; `None` where it is no TOML.
pub fn with_release(text: &str, release: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    match document.get_mut("release").and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = release.into();
            *value.decor_mut() = decor;
        }
        None => drop(document.insert("release", value(release))),
    }
    Some(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_release_changes() {
        let text = "# staging\ntemplate = \"shop\"\nrelease  = '1.5.0'   # what runs\n\n[aws]\nregion = \"eu-west-1\" # here\n";
        let written = with_release(text, "1.6.0").unwrap();
        assert_eq!(written, text.replace("'1.5.0'", "\"1.6.0\""));
    }

    #[test]
    fn a_first_release_stands_before_the_tables() {
        assert_eq!(
            with_release("template = \"shop\"\n\n[local]\n", "1").unwrap(),
            "template = \"shop\"\nrelease = \"1\"\n\n[local]\n"
        );
        assert_eq!(with_release("= nonsense", "1"), None);
    }
}
