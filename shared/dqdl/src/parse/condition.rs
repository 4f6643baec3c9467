//! Conditions, by what a type of rule takes.

use super::{Node, ParseError, Part, Reader, parts, suggest};
use crate::ast::{
    Comparison, Condition, DataTypeName, Duration, Formula, Number, Op, Operand, RuleType, Takes,
};

impl<'a> Reader<'a> {
    pub(super) fn condition(&self, node: Node<'a>, rule_type: RuleType) -> Result<Condition, ParseError> {
        let Some(shape) = parts(node.clone()).next() else {
            return Err(self.error(&node, "expected a condition"));
        };
        if shape.as_rule() == Part::matches {
            return self.matches(shape, rule_type);
        }
        Ok(match rule_type.takes() {
            Takes::Values => {
                let comparison = self.comparison(shape, |operand| self.value(operand))?;
                self.check_keywords(&node, &comparison)?;
                Condition::Values(comparison)
            }
            Takes::Age => Condition::Age(self.comparison(shape, |operand| self.age(operand))?),
            Takes::DataType => self.data_type(shape)?,
            Takes::Length => Condition::Number(self.comparison(shape, |operand| {
                let formula = self.measure(operand.clone())?;
                let number = formula.as_number().map(Formula::Number);
                number.ok_or_else(|| self.error(&operand, "rows have no history: write a number"))
            })?),
            _ => Condition::Number(self.comparison(shape, |operand| self.measure(operand))?),
        })
    }

    fn matches(&self, shape: Node<'a>, rule_type: RuleType) -> Result<Condition, ParseError> {
        if rule_type.takes() != Takes::Values {
            return Err(
                self.error(&shape, format!("{} is compared with numbers, not matched", rule_type.name()))
            );
        }
        let negated = is_negated(&shape);
        let pattern = parts(shape).find(|part| part.as_rule() == Part::string);
        let pattern = pattern.map(|string| self.string(&string)).transpose()?.unwrap_or_default();
        Ok(Condition::Matches { pattern, negated })
    }

    fn comparison<T>(
        &self,
        shape: Node<'a>,
        mut read: impl FnMut(Node<'a>) -> Result<T, ParseError>,
    ) -> Result<Comparison<T>, ParseError> {
        let negated = is_negated(&shape);
        let kind = shape.as_rule();
        let missing = || self.error(&shape, "expected a value");
        let mut op = Op::Equal;
        let mut values = Vec::new();
        for part in parts(shape.clone()) {
            match part.as_rule() {
                Part::op => op = operator(part.as_str()),
                Part::operand => values.push(read(parts(part.clone()).next().unwrap_or(part))?),
                _ => {}
            }
        }
        Ok(match kind {
            Part::in_set => Comparison::In { values, negated },
            Part::between => match (values.pop(), values.pop()) {
                (Some(high), Some(low)) => Comparison::Between { low, high, negated },
                _ => return Err(missing()),
            },
            _ => Comparison::Compare(op, values.pop().ok_or_else(missing)?),
        })
    }

    /// A number for a measure; AWS also writes it in quotes.
    fn measure(&self, operand: Node<'a>) -> Result<Formula, ParseError> {
        match operand.as_rule() {
            Part::sum => self.bounded_formula(operand),
            Part::string => match Number::parse(&self.string(&operand)?) {
                Some(number) => Ok(Formula::Number(number)),
                None => Err(self.error(&operand, "expected a number, found a text").expecting(["a number"])),
            },
            _ => {
                let message = format!("expected a number, found {}", operand.as_str());
                Err(self.error(&operand, message).expecting(["a number"]))
            }
        }
    }

    /// A value for the values of a column.
    fn value(&self, operand: Node<'a>) -> Result<Operand, ParseError> {
        Ok(match operand.as_rule() {
            Part::date => Operand::Now(self.moved(operand)?),
            Part::keyword => match operand.as_str().to_lowercase().as_str() {
                "null" => Operand::Null,
                "empty" => Operand::Empty,
                _ => Operand::WhitespacesOnly,
            },
            Part::boolean => Operand::Bool(operand.as_str().eq_ignore_ascii_case("true")),
            Part::string | Part::constant_ref => Operand::Text(self.string(&operand)?),
            Part::duration => {
                return Err(self.error(&operand, "a span of time is no value; write (now() - 3 days)"));
            }
            _ => match self.bounded_formula(operand.clone())?.as_number() {
                Some(number) => Operand::Number(number),
                None => return Err(self.error(&operand, "values of rows have no history: write a number")),
            },
        })
    }

    fn age(&self, operand: Node<'a>) -> Result<Duration, ParseError> {
        if operand.as_rule() == Part::duration {
            return self.duration(operand);
        }
        let message = format!("expected a span of time such as 24 hours, found {}", operand.as_str());
        Err(self.error(&operand, message).expecting(["a span of time such as 24 hours"]))
    }

    fn data_type(&self, shape: Node<'a>) -> Result<Condition, ParseError> {
        let operand =
            parts(shape.clone()).filter(|part| part.as_rule() == Part::operand).flat_map(parts).next();
        let is_equal = parts(shape.clone()).any(|part| part.as_rule() == Part::op && part.as_str() == "=");
        let names = DataTypeName::ALL.map(DataTypeName::name);
        let Some(operand) = operand.filter(|operand| is_equal && operand.as_rule() == Part::string) else {
            let message = "ColumnDataType is compared by = with a type, such as = \"Long\"";
            return Err(self.error(&shape, message).expecting(names));
        };
        let name = self.string(&operand)?;
        let hint = suggest::hint(&name, names);
        let unknown = || self.error(&operand, format!("no type is called \"{name}\"{hint}")).expecting(names);
        DataTypeName::find(&name).map(Condition::DataType).ok_or_else(unknown)
    }

    /// `now()` or `(now() - 3 days)`.
    fn moved(&self, date: Node<'a>) -> Result<Duration, ParseError> {
        let mut is_back = false;
        let mut moved = Duration { us: 0 };
        for part in parts(date) {
            match part.as_rule() {
                Part::sign => is_back = part.as_str() == "-",
                Part::duration => moved = self.duration(part)?,
                _ => {}
            }
        }
        Ok(if is_back { Duration { us: -moved.us } } else { moved })
    }

    fn duration(&self, node: Node<'a>) -> Result<Duration, ParseError> {
        let mut inner = parts(node.clone());
        let number = inner.next().map(|number| self.number(&number)).transpose()?;
        let unit = inner.next().map(|unit| unit.as_str().to_lowercase()).unwrap_or_default();
        let unit =
            Duration::UNITS.iter().find(|(name, _)| name.trim_end_matches('s') == unit.trim_end_matches('s'));
        let micros = number.zip(unit).and_then(|(number, (_, unit))| {
            let product = number.digits.checked_mul(i128::from(*unit))?;
            i64::try_from(product / 10i128.checked_pow(number.scale)?).ok()
        });
        micros
            .map(|us| Duration { us })
            .ok_or_else(|| self.error(&node, "a span of time beyond 290,000 years"))
    }

    /// Keywords say what a value is, not how it compares.
    fn check_keywords(&self, node: &Node<'a>, comparison: &Comparison<Operand>) -> Result<(), ParseError> {
        let is_keyword =
            |operand: &&Operand| matches!(operand, Operand::Null | Operand::Empty | Operand::WhitespacesOnly);
        let is_fine =
            matches!(comparison, Comparison::Compare(Op::Equal | Op::NotEqual, _) | Comparison::In { .. });
        match comparison.values().into_iter().find(is_keyword) {
            Some(keyword) if !is_fine => {
                Err(self.error(node, format!("{keyword} has no order: use =, !=, in or not in")))
            }
            _ => Ok(()),
        }
    }
}

fn is_negated(shape: &Node<'_>) -> bool {
    shape.clone().into_inner().any(|part| part.as_rule() == Part::kw_not)
}

fn operator(text: &str) -> Op {
    match text {
        "!=" => Op::NotEqual,
        "<" => Op::Less,
        "<=" => Op::LessOrEqual,
        ">" => Op::Greater,
        ">=" => Op::GreaterOrEqual,
        _ => Op::Equal,
    }
}
