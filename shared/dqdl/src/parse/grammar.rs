//! The two grammars and what their parts are called in errors.

#[allow(missing_docs, unreachable_pub)]
pub(super) mod rules {
    #[derive(pest_derive::Parser)]
    #[grammar = "parse/dqdl.pest"]
    pub(crate) struct Parser;
}

#[allow(missing_docs, unreachable_pub)]
pub(super) mod filter {
    #[derive(pest_derive::Parser)]
    #[grammar = "parse/filter.pest"]
    pub(crate) struct Parser;
}

/// What a part of a ruleset is called; none if it says nothing to somebody who does not know the grammar.
pub(super) fn rules_word(part: rules::Rule) -> Option<&'static str> {
    use rules::Rule;
    Some(match part {
        Rule::EOI => "the end of the text",
        Rule::document => "a section such as `Rules = [ ... ]`",
        Rule::metadata | Rule::metadata_word => "`Metadata`",
        Rule::default_labels | Rule::default_labels_word => "`DefaultLabels`",
        Rule::rules | Rule::rules_word => "`Rules`",
        Rule::analyzers | Rule::analyzers_word => "`Analyzers`",
        Rule::constant | Rule::constant_name => "the name of a constant",
        Rule::rule | Rule::expression | Rule::check | Rule::rule_type => "a rule",
        Rule::group | Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::open_list | Rule::string_list | Rule::label_list => "`[`",
        Rule::close_list => "`]`",
        Rule::open_brace => "`{`",
        Rule::close_brace => "`}`",
        Rule::assign => "`=`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::joiner => "`and` or `or` between rules in parentheses",
        Rule::kw_and => "`and`",
        Rule::kw_or => "`or`",
        Rule::labels | Rule::labels_word => "`labels`",
        Rule::label | Rule::pair | Rule::string | Rule::text => "a text in double quotes",
        Rule::parameter | Rule::bare_name => "the name of a column",
        Rule::constant_ref => "a constant such as $name",
        Rule::filter | Rule::kw_where => "`where`",
        Rule::threshold | Rule::kw_with => "`with threshold`",
        Rule::kw_threshold => "`threshold`",
        Rule::condition | Rule::comparison | Rule::op => "a comparison",
        Rule::between | Rule::kw_between => "`between`",
        Rule::in_set | Rule::kw_in => "`in`",
        Rule::matches | Rule::kw_matches => "`matches`",
        Rule::kw_not => "`not`",
        Rule::operand => "a value",
        Rule::date | Rule::now => "`now()`",
        Rule::duration => "a span of time such as 24 hours",
        Rule::unit => "`days`, `hours` or `minutes`",
        Rule::keyword => "NULL, EMPTY or WHITESPACES_ONLY",
        Rule::boolean => "true or false",
        Rule::sum | Rule::term | Rule::factor | Rule::number | Rule::minus => "a number",
        Rule::call | Rule::call_name => "a function such as avg(last(10))",
        Rule::argument => "an argument",
        Rule::sign => "`+` or `-`",
        Rule::times => "`*` or `/`",
        _ => return None,
    })
}

/// What a part of a filter is called.
pub(super) fn filter_word(part: filter::Rule) -> Option<&'static str> {
    use filter::Rule;
    Some(match part {
        Rule::EOI => "the end of the filter",
        Rule::disjunction | Rule::conjunction | Rule::negation | Rule::comparison => "a condition",
        Rule::null_test | Rule::kw_is => "`is null`",
        Rule::kw_null => "`null`",
        Rule::range | Rule::kw_between => "`between`",
        Rule::set | Rule::kw_in => "`in`",
        Rule::like | Rule::kw_like => "`like`",
        Rule::kw_not => "`not`",
        Rule::kw_and => "`and`",
        Rule::kw_or => "`or`",
        Rule::op => "a comparison",
        Rule::scalar | Rule::column => "a column",
        Rule::literal | Rule::string | Rule::number | Rule::boolean => "a number or a text in single quotes",
        Rule::comma => "`,`",
        Rule::open => "`(`",
        Rule::close => "`)`",
        _ => return None,
    })
}

/// The words of several parts, each once, in the order of the grammar.
pub(super) fn words<R: Copy + Ord>(rules: &[R], word: fn(R) -> Option<&'static str>) -> Vec<String> {
    let mut sorted = rules.to_vec();
    sorted.sort_unstable();
    let mut words: Vec<String> = Vec::new();
    for word in sorted.into_iter().filter_map(word) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}
