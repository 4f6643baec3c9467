//! Sections, rules and labels.

use super::{Node, ParseError, Part, Reader, parts, suggest};
use crate::ast::{Check, Expression, Labels, Rule, Ruleset};

/// Limits of AWS Glue.
const MOST_LABELS: usize = 10;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// A label and where it stands.
struct Label<'a> {
    key: String,
    value: String,
    value_node: Node<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn document(&mut self, document: Node<'a>) -> Result<Ruleset, ParseError> {
        let sections: Vec<_> = parts(document).collect();
        for (index, section) in sections.iter().enumerate() {
            if section.as_rule() == Part::constant {
                self.constant(section.clone())?;
            } else if sections[..index].iter().any(|earlier| earlier.as_rule() == section.as_rule()) {
                let name = section.as_str().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                return Err(self.error(section, format!("a second section `{name}`")));
            }
        }
        let section = |part: Part| sections.iter().find(|section| section.as_rule() == part).cloned();
        let mut ruleset = Ruleset::default();
        if let Some(metadata) = section(Part::metadata) {
            ruleset.metadata = self.metadata(metadata)?;
        }
        if let Some(default_labels) = section(Part::default_labels) {
            for label_list in parts(default_labels) {
                for label in self.label_list(label_list)? {
                    ruleset.default_labels.insert(label.key, label.value);
                }
            }
        }
        if let Some(rules) = section(Part::rules) {
            for rule in parts(rules) {
                ruleset.rules.push(self.rule(rule, &ruleset.default_labels)?);
            }
        }
        if let Some(analyzers) = section(Part::analyzers) {
            for check in parts(analyzers) {
                ruleset.analyzers.push(self.analyzer(check)?);
            }
        } else if section(Part::rules).is_none() {
            let message = "expected a section `Rules = [ ... ]`, found the end of the text";
            let end = self.text.trim_end().len();
            return Err(ParseError::at(self.text, end, message).expecting(["`Rules`"]));
        }
        Ok(ruleset)
    }

    fn constant(&mut self, constant: Node<'a>) -> Result<(), ParseError> {
        let mut inner = parts(constant.clone());
        let (Some(name), Some(value)) = (inner.next(), inner.next()) else { return Ok(()) };
        if self.constants.contains_key(name.as_str()) {
            return Err(self.error(&name, format!("a second constant {}", name.as_str())));
        }
        let value = self.string(&value)?;
        self.constants.insert(name.as_str(), value);
        Ok(())
    }

    fn metadata(&self, metadata: Node<'a>) -> Result<Vec<(String, Vec<String>)>, ParseError> {
        let mut out = Vec::new();
        for pair in parts(metadata) {
            let mut inner = parts(pair);
            let (Some(key), Some(value)) = (inner.next(), inner.next()) else { continue };
            let values = if value.as_rule() == Part::string_list {
                parts(value).map(|text| self.string(&text)).collect::<Result<_, _>>()?
            } else {
                vec![self.string(&value)?]
            };
            out.push((self.string(&key)?, values));
        }
        Ok(out)
    }

    fn analyzer(&self, node: Node<'a>) -> Result<Check, ParseError> {
        let check = self.check(node.clone(), true)?;
        if !check.rule_type.is_analyzer() {
            let message = format!("{} is no analyzer", check.rule_type.name());
            return Err(self.error(&node, message));
        }
        let extra = parts(node)
            .find(|part| matches!(part.as_rule(), Part::condition | Part::threshold))
            .map(|part| self.error(&part, "an analyzer has no condition; write a rule for one"));
        extra.map_or(Ok(check), Err)
    }

    fn rule(&self, node: Node<'a>, default_labels: &Labels) -> Result<Rule, ParseError> {
        let (line, column) = self.place(&node);
        let mut inner = parts(node.clone());
        let Some(expression_node) = inner.next() else { return Err(self.error(&node, "expected a rule")) };
        let text = expression_node.as_str().trim_end().to_owned();
        let is_joined = expression_node.clone().into_inner().any(|part| part.as_rule() == Part::joiner);
        let expression = self.expression(expression_node)?;
        let mut labels = default_labels.clone();
        let mut own = Vec::new();
        if let Some(labels_node) = inner.next() {
            if is_joined {
                let message = "labels belong to the whole rule: put parentheses around it";
                return Err(self.error(&labels_node, message));
            }
            for label_list in parts(labels_node) {
                own = self.label_list(label_list)?;
            }
        }
        for label in &own {
            labels.insert(label.key.clone(), label.value.clone());
        }
        if labels.len() > MOST_LABELS {
            let message = format!("more than {MOST_LABELS} labels, the default ones counted");
            return Err(self.error(own.last().map_or(&node, |label| &label.value_node), message));
        }
        let rule = Rule { text, line, column, expression, labels };
        for label in own {
            self.check_fits(&rule, &label)?;
        }
        Ok(rule)
    }

    fn expression(&self, node: Node<'a>) -> Result<Expression, ParseError> {
        let mut operands = Vec::new();
        let mut joiner: Option<Node<'a>> = None;
        for part in parts(node) {
            match part.as_rule() {
                Part::check => return Ok(Expression::Check(Box::new(self.check(part, false)?))),
                Part::joiner => {
                    let word = |node: &Node<'_>| node.as_str().to_lowercase();
                    if joiner.as_ref().is_some_and(|earlier| word(earlier) != word(&part)) {
                        let message = "`and` and `or` side by side: put parentheses around one of them";
                        return Err(self.error(&part, message));
                    }
                    joiner = Some(part);
                }
                _ => {
                    let mut inner = parts(part);
                    let expression = inner.next().map(|inner| self.expression(inner)).transpose()?;
                    if let Some(labels) = inner.next() {
                        let message = "labels belong to the whole rule, not to a part of it";
                        return Err(self.error(&labels, message));
                    }
                    operands.extend(expression);
                }
            }
        }
        Ok(match joiner {
            Some(joiner) if joiner.as_str().eq_ignore_ascii_case("or") => Expression::Any(operands),
            Some(_) => Expression::All(operands),
            // Parentheses around a single expression mean nothing.
            None => operands.pop().unwrap_or(Expression::All(Vec::new())),
        })
    }

    fn label_list(&self, node: Node<'a>) -> Result<Vec<Label<'a>>, ParseError> {
        let mut out: Vec<Label<'a>> = Vec::new();
        for label in parts(node) {
            let mut inner = parts(label);
            let (Some(key_node), Some(value_node)) = (inner.next(), inner.next()) else { continue };
            let (key, value) = (self.string(&key_node)?, self.string(&value_node)?);
            if key.is_empty() {
                return Err(self.error(&key_node, "a label without a name"));
            }
            if out.iter().any(|earlier| earlier.key == key) {
                return Err(self.error(&key_node, format!("a second label \"{key}\"")));
            }
            if key.chars().count() > LONGEST_KEY || value.chars().count() > LONGEST_VALUE {
                let message = format!(
                    "a label has a name of at most {LONGEST_KEY} characters and a value of at most {LONGEST_VALUE}"
                );
                return Err(self.error(&key_node, message));
            }
            if let Some(known) = known_values(&key)
                && !known.contains(&value.as_str())
            {
                let hint = suggest::hint(&value, known.iter().copied());
                let message = format!("\"{key}\" is {}, not \"{value}\"{hint}", known.join(" or "));
                return Err(self
                    .error(&value_node, message)
                    .expecting(known.iter().map(|v| format!("\"{v}\""))));
            }
            out.push(Label { key, value, value_node });
        }
        if out.len() > MOST_LABELS {
            return Err(self.error(&out[MOST_LABELS].value_node, format!("more than {MOST_LABELS} labels")));
        }
        Ok(out)
    }

    /// Labels that ask of a rule what it cannot do.
    fn check_fits(&self, rule: &Rule, label: &Label<'a>) -> Result<(), ParseError> {
        let message = match (label.key.as_str(), label.value.as_str()) {
            (Rule::ACTION, "quarantine") if !rule.is_row_level() => {
                "this rule cannot tell which rows break it, so it cannot set them aside"
            }
            (Rule::SCOPE, "ROW") if !rule.expression.can_be_by_row() => {
                "a part of this rule is not asked of single rows, or has a threshold"
            }
            _ => return Ok(()),
        };
        Err(self.error(&label.value_node, message))
    }
}

/// The values of labels that mean something.
fn known_values(key: &str) -> Option<&'static [&'static str]> {
    match key {
        Rule::SEVERITY => Some(&["block", "warn"]),
        Rule::ACTION => Some(&["block", "quarantine", "warn"]),
        Rule::SCOPE => Some(&["ROW", "COLUMN"]),
        _ => None,
    }
}
