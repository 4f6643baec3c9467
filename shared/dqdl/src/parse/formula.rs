//! Numbers and numbers made of history.

use super::{Node, ParseError, Part, Reader, parts, suggest};
use crate::ast::{Aggregate, Formula, Last, Number, Operator, Season};

/// Most earlier values that a rule may ask for.
const LONGEST_HISTORY: u32 = 1_000;

/// Most operators in a formula. Each makes it one deeper, and what reads formulas calls itself for each.
const MOST_OPERATORS: usize = 100;

/// What stands in a formula: `last(...)` with several values is no number yet.
enum Term {
    Formula(Formula),
    Last(Last),
    Season(String),
}

impl<'a> Reader<'a> {
    /// A whole formula, as it stands in a condition.
    pub(super) fn bounded_formula(&self, node: Node<'a>) -> Result<Formula, ParseError> {
        let is_operator = |part: &Node<'a>| matches!(part.as_rule(), Part::sign | Part::times);
        match node.clone().into_inner().flatten().filter(is_operator).nth(MOST_OPERATORS) {
            Some(extra) => {
                let message = format!("more than {MOST_OPERATORS} operators in one formula");
                Err(self.error(&extra, message))
            }
            None => self.formula(node),
        }
    }

    /// A formula; where `history` is not allowed, a constant one.
    pub(super) fn formula(&self, node: Node<'a>) -> Result<Formula, ParseError> {
        match self.term(node.clone())? {
            Term::Formula(formula) => Ok(formula),
            Term::Last(last) if last.k == 1 => Ok(Formula::Last(last)),
            Term::Last(last) => {
                let message = format!("{last} is several values: say which, as in avg({last})");
                Err(self.error(&node, message))
            }
            Term::Season(_) => Err(self.error(&node, "expected a number")),
        }
    }

    fn term(&self, node: Node<'a>) -> Result<Term, ParseError> {
        match node.as_rule() {
            Part::string => Ok(Term::Season(self.string(&node)?)),
            Part::call => self.call(node),
            Part::number => self.number(&node).map(Formula::Number).map(Term::Formula),
            _ => self.arithmetic(node),
        }
    }

    pub(super) fn number(&self, node: &Node<'a>) -> Result<Number, ParseError> {
        Number::parse(node.as_str()).ok_or_else(|| self.error(node, "a number of more than 38 digits"))
    }

    /// A sum, a product or a factor.
    fn arithmetic(&self, node: Node<'a>) -> Result<Term, ParseError> {
        let mut inner = parts(node.clone());
        let Some(first) = inner.next() else { return Err(self.error(&node, "expected a number")) };
        if first.as_rule() == Part::minus {
            let Some(operand) = inner.next() else { return Err(self.error(&node, "expected a number")) };
            return Ok(Term::Formula(match self.formula(operand)? {
                Formula::Number(number) => Formula::Number(Number { digits: -number.digits, ..number }),
                formula => Formula::Negate(Box::new(formula)),
            }));
        }
        let mut pending = Some(first);
        let mut left: Option<Formula> = None;
        while let Some(operator) = inner.next() {
            let earlier = match (left.take(), pending.take()) {
                (Some(left), _) => left,
                (None, Some(first)) => self.formula(first)?,
                (None, None) => break,
            };
            let Some(right) = inner.next() else { break };
            let joined = match operator.as_str() {
                "+" => Operator::Add,
                "-" => Operator::Subtract,
                "*" => Operator::Multiply,
                _ => Operator::Divide,
            };
            left = Some(Formula::Binary(Box::new(earlier), joined, Box::new(self.formula(right)?)));
        }
        match (left, pending) {
            (Some(formula), _) => Ok(Term::Formula(formula)),
            (None, Some(only)) => self.term(only),
            (None, None) => Err(self.error(&node, "expected a number")),
        }
    }

    fn call(&self, node: Node<'a>) -> Result<Term, ParseError> {
        let mut inner = parts(node.clone());
        let Some(name_node) = inner.next() else { return Err(self.error(&node, "expected a function")) };
        let name = name_node.as_str().to_lowercase();
        let argument_nodes: Vec<Node<'a>> = inner.flat_map(parts).collect();
        let known = Aggregate::NAMES.into_iter().chain(["last", "abs"]);
        if !known.clone().any(|known| known == name) {
            let hint = suggest::hint(&name, known);
            return Err(self.error(&name_node, format!("no function is called {name}{hint}")));
        }
        let wanted = match name.as_str() {
            "last" => 0..=2,
            "percentile" | "index" => 2..=2,
            _ => 1..=1,
        };
        if !wanted.contains(&argument_nodes.len()) {
            let message = format!(
                "{name} takes {} to {} arguments, found {}",
                wanted.start(),
                wanted.end(),
                argument_nodes.len()
            );
            return Err(self.error(&name_node, message));
        }
        match name.as_str() {
            "last" => self.last(&argument_nodes).map(Term::Last),
            "abs" => Ok(Term::Formula(Formula::Abs(Box::new(self.formula(argument_nodes[0].clone())?)))),
            _ => {
                let Term::Last(last) = self.term(argument_nodes[0].clone())? else {
                    return Err(self.error(
                        &argument_nodes[0],
                        format!("{name} takes earlier values: {name}(last(10))"),
                    ));
                };
                let aggregate = self.aggregate(&name, last, argument_nodes.get(1))?;
                Ok(Term::Formula(Formula::Aggregate(aggregate, last)))
            }
        }
    }

    fn aggregate(
        &self,
        name: &str,
        last: Last,
        argument: Option<&Node<'a>>,
    ) -> Result<Aggregate, ParseError> {
        Ok(match (name, argument) {
            ("percentile", Some(node)) => {
                let share = self.formula(node.clone())?.as_number();
                let share = share.filter(|share| (0.0..=1.0).contains(&share.as_f64()));
                Aggregate::Percentile(
                    share.ok_or_else(|| self.error(node, "a percentile is a share from 0 to 1"))?,
                )
            }
            ("index", Some(node)) => {
                let index = self.whole(node)?.filter(|index| *index < last.k);
                let message = format!("an index of {last} is from 0 to {}", last.k - 1);
                Aggregate::Index(index.ok_or_else(|| self.error(node, message))?)
            }
            ("median", _) => Aggregate::Median,
            ("max", _) => Aggregate::Max,
            ("min", _) => Aggregate::Min,
            ("sum", _) => Aggregate::Sum,
            ("std", _) => Aggregate::Std,
            _ => Aggregate::Avg,
        })
    }

    fn last(&self, arguments: &[Node<'a>]) -> Result<Last, ParseError> {
        let mut last = Last { k: 1, season: Season::Any };
        if let Some(node) = arguments.first() {
            let k = self.whole(node)?.filter(|k| (1..=LONGEST_HISTORY).contains(k));
            let message = format!("last takes a whole number from 1 to {LONGEST_HISTORY}");
            last.k = k.ok_or_else(|| self.error(node, message))?;
        }
        if let Some(node) = arguments.get(1) {
            let Term::Season(name) = self.term(node.clone())? else {
                return Err(self.error(node, "expected a season such as \"hour of week\""));
            };
            let Some((_, season)) = Season::NAMED.into_iter().find(|(known, _)| *known == name) else {
                let names = Season::NAMED.map(|(name, _)| name);
                let hint = suggest::hint(&name, names);
                let expected = names.map(|name| format!("\"{name}\""));
                let message = format!("no season is called \"{name}\"{hint}");
                return Err(self.error(node, message).expecting(expected));
            };
            last.season = season;
        }
        Ok(last)
    }

    fn whole(&self, node: &Node<'a>) -> Result<Option<u32>, ParseError> {
        Ok(match self.term(node.clone())? {
            Term::Formula(formula) => formula
                .as_number()
                .filter(|number| number.scale == 0)
                .and_then(|n| u32::try_from(n.digits).ok()),
            _ => None,
        })
    }
}
