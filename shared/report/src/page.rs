//! The page around the sections.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::bound::Bounded;
use crate::part::{Section, time};
use crate::section;
use crate::section::summary::Finding;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// A star of five points.
const STAR: &str = "M12 2l2.9 6.6 7.1.7-5.4 4.8 1.6 7L12 17.4 5.8 21l1.6-7L2 9.3l7.1-.7z";

pub(crate) fn page(shown: &Bounded) -> String {
    let report = &shown.report;
    let sections = [
        section::incidents::section(shown),
        section::volume::section(shown),
        section::funnel::section(shown),
        section::distributions::section(shown),
        section::rules::section(shown),
        section::monitors::section(shown),
        section::runs::section(shown),
        section::rejected::section(shown),
        section::tables::section(shown),
    ];
    let findings = section::summary::findings(report);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                title { "Estrella · " (report.lake) }
                link rel="icon" href=(icon());
                style { (PreEscaped(STYLE)) }
                script { (PreEscaped(SCRIPT)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the report" }
                (header(shown))
                div class="frame" {
                    (contents(&sections, &findings))
                    main id="main" tabindex="-1" {
                        (section::summary::summary(report, &findings))
                        @for section in &sections { (section) }
                    }
                }
                footer {
                    p { "All times are UTC. Ages are as of the time at which this report was made." }
                }
                script type="application/json" id="data" { (PreEscaped(json(shown))) }
            }
        }
    };
    page.into_string()
}

fn header(shown: &Bounded) -> Markup {
    html! {
        header class="top" {
            div class="brand" {
                svg width="20" height="20" viewBox="0 0 24 24" aria-hidden="true" { path d=(STAR) {} }
                h1 { "Estrella" span class="unseen" { " report" } }
            }
            p class="lake" { code { (shown.report.lake) } }
            p class="made" { "Made " (time(shown.report.generated_at_ms)) " UTC" }
            button type="button" class="theme" hidden { "Dark" }
        }
    }
}

fn contents(sections: &[Section], findings: &[Finding]) -> Markup {
    // The summary says in words what the shapes here say; the worst of a section comes first.
    let tone = |id| findings.iter().find(|finding| finding.section == id).map(|finding| finding.tone.class());
    html! {
        nav aria-label="Sections" {
            ul {
                li { a href="#summary" { "Summary" } }
                @for section in sections {
                    li {
                        a href={ "#" (section.id) } {
                            (section.title)
                            @if let Some(tone) = tone(section.id) { span class={ "badge " (tone) } aria-hidden="true" { i {} } }
                        }
                    }
                }
            }
        }
    }
}

/// Nothing is fetched from anywhere, and no script runs but the one that is ours: should a text ever escape its
/// element, the browser does not run it.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    )
}

fn icon() -> String {
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><path fill='#d98a00' d='{STAR}'/></svg>"
    );
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
}

/// What is shown, for programs. No `<` is left in it, so nothing in it ends the element.
fn json(shown: &Bounded) -> String {
    // A value of plain fields always has a JSON; floats that are none become null.
    let text = serde_json::to_string(&shown.report).unwrap_or_else(|_| "null".to_owned());
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
