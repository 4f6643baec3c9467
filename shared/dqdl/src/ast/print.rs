//! Rulesets as text, which parses to the same ruleset.

use std::fmt;

use super::{Check, Expression, Labels, Rule, Ruleset, quoted};

fn labels(labels: &Labels) -> String {
    let pairs: Vec<_> =
        labels.iter().map(|(key, value)| format!("{}={}", quoted(key), quoted(value))).collect();
    format!("[{}]", pairs.join(", "))
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule_type.name())?;
        for parameter in &self.parameters {
            write!(f, " {}", quoted(parameter))?;
        }
        if let Some(condition) = &self.condition {
            write!(f, " {condition}")?;
        }
        if let Some(filter) = &self.filter {
            write!(f, " where {}", quoted(&filter.text))?;
        }
        if let Some(threshold) = &self.threshold {
            write!(f, " with threshold {threshold}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Self], word: &str| {
            parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Check(check) => write!(f, "{check}"),
            Self::All(parts) => f.write_str(&joined(parts, " and ")),
            Self::Any(parts) => f.write_str(&joined(parts, " or ")),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expression {
            expression if self.labels.is_empty() => write!(f, "{expression}"),
            Expression::Check(check) => write!(f, "{check} labels={}", labels(&self.labels)),
            composite => write!(f, "({composite}) labels={}", labels(&self.labels)),
        }
    }
}

impl fmt::Display for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.metadata.is_empty() {
            let pair = |(key, values): &(String, Vec<String>)| {
                let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
                format!("{}: [{}]", quoted(key), values.join(", "))
            };
            let pairs: Vec<_> = self.metadata.iter().map(pair).collect();
            writeln!(f, "Metadata = {{{}}}\n", pairs.join(", "))?;
        }
        if !self.default_labels.is_empty() {
            writeln!(f, "DefaultLabels = {}\n", labels(&self.default_labels))?;
        }
        let rules: Vec<_> = self.rules.iter().map(|rule| format!("\n    {rule}")).collect();
        writeln!(f, "Rules = [{}\n]", rules.join(","))?;
        if !self.analyzers.is_empty() {
            let analyzers: Vec<_> = self.analyzers.iter().map(|check| format!("\n    {check}")).collect();
            writeln!(f, "\nAnalyzers = [{}\n]", analyzers.join(","))?;
        }
        Ok(())
    }
}
