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

fn rule(expression: &Expression, own: &Labels) -> String {
    match expression {
        expression if own.is_empty() => expression.to_string(),
        Expression::Check(check) => format!("{check} labels={}", labels(own)),
        composite => format!("({composite}) labels={}", labels(own)),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rule(&self.expression, &self.labels))
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
        // A default label may ask what a rule cannot do, and is not counted among its own: it is not made one of these.
        let own = |labels: &Labels| -> Labels {
            let is_own = |label: &(&String, &String)| self.default_labels.get(label.0) != Some(label.1);
            labels.iter().filter(is_own).map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let rules: Vec<_> =
            self.rules.iter().map(|r| format!("\n    {}", rule(&r.expression, &own(&r.labels)))).collect();
        writeln!(f, "Rules = [{}\n]", rules.join(","))?;
        if !self.analyzers.is_empty() {
            let analyzers: Vec<_> = self.analyzers.iter().map(|check| format!("\n    {check}")).collect();
            writeln!(f, "\nAnalyzers = [{}\n]", analyzers.join(","))?;
        }
        Ok(())
    }
}
