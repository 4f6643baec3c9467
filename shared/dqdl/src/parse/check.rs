//! Single checks: that they have what their type takes.

use regex::Regex;

use super::{Node, ParseError, Part, Reader, parts, possible, suggest};
use crate::{
    ast::{Check, Condition, RuleType, Takes},
    reference::Reference,
};

impl<'a> Reader<'a> {
    pub(super) fn check(&self, node: Node<'a>, is_analyzer: bool) -> Result<Check, ParseError> {
        let (line, column) = self.place(&node);
        let mut inner = parts(node.clone()).peekable();
        let Some(type_node) = inner.next() else { return Err(self.error(&node, "expected a rule")) };
        let rule_type = self.rule_type(&type_node)?;
        let mut parameter_nodes = Vec::new();
        while let Some(parameter) = inner.next_if(|part| part.as_rule() == Part::parameter) {
            parameter_nodes.extend(parts(parameter));
        }
        let parameters = self.parameters(rule_type, &type_node, &parameter_nodes)?;
        let mut check =
            Check { rule_type, parameters, condition: None, filter: None, threshold: None, line, column };
        if let Some(condition) = inner.next_if(|part| part.as_rule() == Part::condition) {
            if rule_type.takes() == Takes::Nothing {
                let message = format!("{} takes no condition{}", rule_type.name(), alternative(rule_type));
                return Err(self.error(&condition, message));
            }
            check.condition = Some(self.condition(condition.clone(), rule_type)?);
            self.check_possible(&condition, &check)?;
        } else if !is_analyzer && !matches!(rule_type.takes(), Takes::Nothing | Takes::PerhapsMeasure) {
            let after = parameter_nodes.last().unwrap_or(&type_node).as_span().end();
            let message = format!("{} needs a condition, such as {}", rule_type.name(), example(rule_type));
            return Err(ParseError::at(self.text, after, message).expecting(["a condition"]));
        }
        for tail in inner {
            self.tail(&mut check, tail)?;
        }
        Ok(check)
    }

    fn rule_type(&self, node: &Node<'a>) -> Result<RuleType, ParseError> {
        let name = node.as_str();
        if let Some(rule_type) = RuleType::find(name) {
            return Ok(rule_type);
        }
        if RuleType::LEFT_OUT.contains(&name) {
            return Err(self.error(node, format!("rules of type {name} are not supported here")));
        }
        let hint = suggest::hint(name, RuleType::ALL.map(RuleType::name));
        let message = format!("no type of rule is called {name}{hint}");
        Err(self.error(node, message).expecting(["a type of rule"]))
    }

    fn parameters(
        &self,
        rule_type: RuleType,
        type_node: &Node<'a>,
        nodes: &[Node<'a>],
    ) -> Result<Vec<String>, ParseError> {
        let allowed = rule_type.parameters();
        let name = rule_type.name();
        if nodes.len() < *allowed.start() {
            let after = nodes.last().unwrap_or(type_node).as_span().end();
            let wanted = amount(*allowed.start());
            let message = format!("{name} needs {wanted}, found {}", nodes.len());
            return Err(ParseError::at(self.text, after, message).expecting(["the name of a column"]));
        }
        if let Some(extra) = nodes.get(*allowed.end()) {
            let forgotten = nodes.iter().find(|node| RuleType::find(node.as_str()).is_some());
            return Err(match forgotten {
                Some(rule) => self
                    .error(rule, format!("expected `,` before the rule {}", rule.as_str()))
                    .expecting(["`,`"]),
                None => {
                    let message = format!("{name} takes {}, found {}", amount(*allowed.end()), nodes.len());
                    self.error(extra, message)
                }
            });
        }
        let parameters = nodes.iter().map(|node| self.string(node)).collect::<Result<Vec<_>, _>>()?;
        for (index, parameter) in parameters.iter().enumerate() {
            if parameter.trim().is_empty() {
                return Err(self.error(&nodes[index], "an empty name"));
            }
            if parameters[..index].contains(parameter) && rule_type != RuleType::ReferentialIntegrity {
                return Err(self.error(&nodes[index], format!("\"{parameter}\" a second time")));
            }
        }
        match rule_type {
            RuleType::ReferentialIntegrity => {
                Reference::parse(&parameters[0], &parameters[1])
                    .map_err(|message| self.error(&nodes[1], message))?;
            }
            RuleType::DetectAnomalies => self.anomaly(&parameters, nodes)?,
            _ => {}
        }
        Ok(parameters)
    }

    fn anomaly(&self, parameters: &[String], nodes: &[Node<'a>]) -> Result<(), ParseError> {
        // AWS writes it both ways.
        let name = if parameters[0] == "CustomSQL" { "CustomSql" } else { &parameters[0] };
        let known = RuleType::ALL.into_iter().filter(|rule_type| rule_type.can_be_anomalous());
        let Some(inner) = known.clone().find(|rule_type| rule_type.name() == name) else {
            let hint = suggest::hint(name, known.map(RuleType::name));
            return Err(self.error(&nodes[0], format!("DetectAnomalies knows no measure {name}{hint}")));
        };
        self.parameters(inner, &nodes[0], &nodes[1..]).map(|_| ())
    }

    fn tail(&self, check: &mut Check, node: Node<'a>) -> Result<(), ParseError> {
        let name = check.rule_type.name();
        if node.as_rule() == Part::filter {
            if check.threshold.is_some() {
                return Err(self.error(&node, "`where` comes before `with threshold`"));
            }
            if check.filter.is_some() {
                return Err(self.error(&node, "a second `where`"));
            }
            if !check.rule_type.takes_filter() {
                return Err(self.error(&node, format!("{name} takes no `where`")));
            }
            check.filter = parts(node).next().map(|string| self.filter(&string)).transpose()?;
            return Ok(());
        }
        if check.threshold.is_some() {
            return Err(self.error(&node, "a second `with threshold`"));
        }
        if !check.rule_type.takes_threshold()
            || (check.rule_type == RuleType::CustomSql && check.condition.is_some())
        {
            let message = format!(
                "{name} {}is not asked of single rows and so takes no threshold{}",
                if check.condition.is_some() { "with a condition " } else { "" },
                alternative(check.rule_type)
            );
            return Err(self.error(&node, message));
        }
        if let Some(condition) = parts(node).next() {
            // A threshold is the share of a measure, as that of Completeness.
            let threshold = self.condition(condition.clone(), RuleType::Completeness)?;
            possible::check(&threshold, RuleType::Completeness)
                .map_err(|message| self.error(&condition, message))?;
            check.threshold = Some(threshold);
        }
        Ok(())
    }

    fn check_possible(&self, node: &Node<'a>, check: &Check) -> Result<(), ParseError> {
        let Some(condition) = &check.condition else { return Ok(()) };
        if let Condition::Matches { pattern, .. } = condition
            && let Err(error) = Regex::new(&full_match(pattern))
        {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let string = parts(node.clone()).flat_map(parts).find(|part| part.as_rule() == Part::string);
            return Err(self.error(
                &string.unwrap_or_else(|| node.clone()),
                format!("bad regular expression: {reason}"),
            ));
        }
        possible::check(condition, check.rule_type).map_err(|message| self.error(node, message))
    }
}

/// The expression for the whole of a text.
pub(crate) fn full_match(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

fn amount(parameters: usize) -> String {
    match parameters {
        0 => "no column".to_owned(),
        1 => "one parameter".to_owned(),
        n => format!("{n} parameters"),
    }
}

fn alternative(rule_type: RuleType) -> &'static str {
    match rule_type {
        RuleType::IsComplete => "; Completeness does",
        RuleType::IsUnique | RuleType::IsPrimaryKey => "; Uniqueness does",
        _ => "",
    }
}

fn example(rule_type: RuleType) -> &'static str {
    match rule_type.takes() {
        Takes::Values => "in [\"a\", \"b\"] or > 0",
        Takes::Age => "<= 24 hours",
        Takes::DataType => "= \"Long\"",
        _ if rule_type.is_share() => "> 0.95",
        _ => "between 10 and 100",
    }
}
