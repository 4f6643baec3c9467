//! A strict reader of the page: every element closed in order, every attribute quoted, no number that is none.

const VOID: [&str; 4] = ["meta", "link", "input", "br"];

/// An element's start.
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

/// Reads a page; panics where it is not well-formed.
pub(super) fn check(html: &str) -> Vec<Tag> {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
    let (mut tags, mut open) = (Vec::<Tag>::new(), Vec::<String>::new());
    while let Some(start) = rest.find('<') {
        assert!(
            !rest[..start].contains('>') || rest[..start].is_empty(),
            "a stray > in {:?}",
            &rest[..start]
        );
        let end = start + rest[start..].find('>').unwrap();
        let inside = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let tag = tag(inside);
        if ["script", "style"].contains(&tag.name.as_str()) {
            // Its text ends at the first end tag, whatever it holds.
            let close = format!("</{}>", tag.name);
            rest = rest.split_once(close.as_str()).unwrap().1;
        } else if !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    assert!(open.is_empty(), "{open:?} are open");
    tags
}

fn tag(inside: &str) -> Tag {
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{inside}");
    let mut attributes = Vec::<(String, String)>::new();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let attribute = rest[..end].to_owned();
        let value;
        (value, rest) = match rest[end..].strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').unwrap(),
            None => ("", &rest[end..]),
        };
        rest = rest.strip_prefix(' ').unwrap_or(rest);
        assert!(attributes.iter().all(|(other, _)| *other != attribute), "{attribute} twice in {inside}");
        if !["content", "aria-label", "id", "href"].contains(&attribute.as_str()) {
            let words = value.split(|c: char| !c.is_ascii_alphanumeric());
            words
                .for_each(|word| assert!(!["NaN", "inf", "infinity"].contains(&word), "{attribute}={value}"));
        }
        attributes.push((attribute, value.to_owned()));
    }
    Tag { name: name.to_owned(), attributes }
}
