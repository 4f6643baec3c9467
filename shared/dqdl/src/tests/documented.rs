//! The rules of AWS Glue's documentation, as facts about what the language accepts.

use crate::parse;

/// Every example of a supported type of rule.
pub(crate) const EXAMPLES: &[&str] = &[
    r#"IsComplete "order-id""#,
    r#"IsUnique "order-id""#,
    r#"(IsComplete "id") and (IsUnique "id")"#,
    r#"(RowCount "id" > 100) or (IsPrimaryKey "id")"#,
    r#"(Mean "Star_Rating" > 3) and (Mean "Order_Total" > 500) and (IsComplete "Order_Id")"#,
    r#"(Mean "Star_Rating" > 3) and ((Mean "Order_Total" > 500) or (IsComplete "Order_Id"))"#,
    r#"(RowCount > 0) or ((IsComplete "colA") and (IsUnique "colA"))"#,
    r#"(ColumnValues "myCol1" > 1) OR (ColumnValues "myCol2" > 2)"#,
    r#"(ColumnValues "age" >= 26) OR (ColumnLength "name" >= 4)"#,
    r#"Mean "colA" between 80 and 100"#,
    r#"Completeness "colA" = "1.0""#,
    r#"ColumnValues "colA" = "2022-06-30""#,
    r#"ColumnValues "colA" != "a""#,
    r#"ColumnValues "colA" != "2022-06-30""#,
    r#"ColumnValues "colA" > 10"#,
    r#"ColumnValues "colA" < 1000"#,
    r#"ColumnValues "colA" < "2022-06-30""#,
    r#"ColumnValues "colA" >= 10"#,
    r#"ColumnValues "colA" <= 1000"#,
    r#"Mean "colA" between 8 and 100"#,
    r#"ColumnValues "colA" between "2022-05-31" and "2022-06-30""#,
    r#"ColumnValues "colA" not between "2022-05-31" and "2022-06-30""#,
    r#"ColumnValues "colA" in [ 1, 2, 3 ]"#,
    r#"ColumnValues "colA" in [ "a", "b", "c" ]"#,
    r#"ColumnValues "colA" not in [ 1, 2, 3 ]"#,
    r#"ColumnValues "colA" not in [ "a", "b", "c" ]"#,
    r#"ColumnValues "colA" matches "[a-zA-Z]*""#,
    r#"ColumnValues "colA" not matches "[a-zA-Z]*""#,
    r#"ColumnValues "load_date" > (now() - 3 days)"#,
    r#"ColumnValues "colA" in ["A", "B"] with threshold > 0.8"#,
    r#"ColumnValues "colA" matches "[a-zA-Z]*" with threshold between 0.2 and 0.9"#,
    r#"ColumnDataType "colA" = "Timestamp" with threshold > 0.9"#,
    r#"ColumnValues "colA" != NULL with threshold > 0.5"#,
    r#"(ColumnValues "colA" = NULL) or (ColumnLength "colA" > 5)"#,
    r#"(ColumnValues "colA" = EMPTY) or (ColumnValues "colA" in ["a", "b"])"#,
    r#"ColumnValues "colA" not in ["a", "b", WHITESPACES_ONLY]"#,
    r#"ColumnValues "colA" in [NULL, "2023-01-01"]"#,
    r#"(ColumnValues "colA" = NULL) or (ColumnValues "colA" between 1 and 9)"#,
    r#"Completeness "colA" > 0.5 where "colB = 10""#,
    r#"ColumnValues "colB" in ["A", "B"] where "colC is not null" with threshold > 0.9"#,
    r#"IsComplete "att2" where "att1 = 'a'""#,
    r#"IsComplete att2 where "att1 = 'a'""#,
    r#"ColumnCorrelation "colA" "colB" < avg(last(10))"#,
    r#"DistinctValuesCount "colA" between min(last(10))-1 and max(last(10))+1"#,
    r#"RowCount > last()"#,
    r#"RowCount > avg(last(5))"#,
    r#"RowCount > avg(last(3))"#,
    r#"ColumnCorrelation "height" "weight" > 0.8"#,
    r#"ColumnCorrelation "weightinkgs" "Salary" > 0.8 where "weightinkgs > 40""#,
    r#"ColumnCorrelation "colA" "colB" between min(last(10)) and max(last(10))"#,
    r#"ColumnCorrelation "colA" "colB" < avg(last(5)) + std(last(5))"#,
    r#"ColumnCount between 10 and 20"#,
    r#"ColumnCount >= avg(last(10))"#,
    r#"ColumnCount between min(last(10))-1 and max(last(10))+1"#,
    r#"ColumnDataType "colA" = "INTEGER""#,
    r#"ColumnDataType "colA" = "INTEGER" with threshold > 0.9"#,
    r#"ColumnExists "Middle_Name""#,
    r#"ColumnLength "Postal_Code" = 5"#,
    r#"ColumnLength "weightinkgs" = 2 where "weightinkgs > 10""#,
    r#"(ColumnLength "Postal_Code" > 4) AND (ColumnValues "Postal_Code" != NULL)"#,
    r#"ColumnValues "Country" in [ "US", "CA", "UK", NULL, EMPTY, WHITESPACES_ONLY ]"#,
    r#"ColumnValues "gender" in ["F", "M"] where "weightinkgs < 10""#,
    r#"ColumnValues "First_Name" matches "[a-zA-Z]*""#,
    r#"ColumnValues "Load_Date" > (now() - 3 days)"#,
    r#"ColumnValues "Customer_ID" between 1 and 2000"#,
    r#"(ColumnValues "Age" > 21) OR (ColumnValues "Age" = NULL)"#,
    r#"ColumnValues "Age" not in [21, 22, 23, NULL]"#,
    r#"(ColumnValues "Age" != 21) AND (ColumnValues "Age" != NULL)"#,
    r#"Completeness "First_Name" > 0.95"#,
    r#"Completeness "First_Name" > 0.95 where "weightinkgs > 10""#,
    r#"Completeness "colA" between min(last(5)) - 1 and max(last(5)) + 1"#,
    r#"Completeness "colA" <= avg(last(10))"#,
    r#"CustomSql "select count(*) from primary" between 10 and 20"#,
    r#"CustomSql "select Name from primary where Age  > 18""#,
    r#"CustomSql "select count(*) from database.table inner join database.table2 on id1 = id2" between 10 and 20"#,
    r#"DataFreshness "Order_Date" <= 24 hours"#,
    r#"DataFreshness "Order_Date" between 2 days and 5 days"#,
    r#"(DataFreshness "Order_Date" <= 24 hours) OR (ColumnValues "Order_Date" = NULL)"#,
    r#"DistinctValuesCount "State" > 3"#,
    r#"DistinctValuesCount "Customer_ID" < 6  where "Customer_ID < 10""#,
    r#"DistinctValuesCount "colA" between avg(last(10))-1 and avg(last(10))+1"#,
    r#"DistinctValuesCount "colA" <= index(last(10),2) + std(last(5))"#,
    r#"IsPrimaryKey "Customer_ID" where "Customer_ID < 10""#,
    r#"IsPrimaryKey "colA" "colB""#,
    r#"IsPrimaryKey "colA" "colB" "colC""#,
    r#"IsPrimaryKey colA "colB" "colC""#,
    r#"Mean "Star_Rating" > 3"#,
    r#"Mean "colA" > avg(last(10)) + std(last(2))"#,
    r#"ReferentialIntegrity "zipcode" "reference.zipcode" >= 0.9"#,
    r#"ReferentialIntegrity "city,state" "reference.{ref_city,ref_state}" = 1.0"#,
    r#"ReferentialIntegrity "city,state" "reference.{ref_city,ref_state}" > avg(last(10))"#,
    r#"RowCount between 10 and 100"#,
    r#"RowCount between 1 and 50 where "Customer_ID < 10""#,
    r#"RowCount > avg(last(10)) *0.8"#,
    r#"SchemaMatch "reference" = 1.0"#,
    r#"StandardDeviation "Star_Rating" < 1.5"#,
    r#"StandardDeviation "Salary" < 3500 where "Customer_ID < 10""#,
    r#"StandardDeviation "colA" > avg(last(10)) + 0.1"#,
    r#"Sum "transaction_total" > 500000"#,
    r#"Sum "ColA" > avg(last(10))"#,
    r#"Uniqueness "email" = 1.0"#,
    r#"Uniqueness "Customer_ID" != 1.0 where "Customer_ID < 10""#,
    r#"Uniqueness "vendorid" "tpep_pickup_datetime" = 1"#,
    r#"Uniqueness "colA" between min(last(10)) and max(last(10))"#,
    r#"UniqueValueRatio "test_score" between 0 and 0.5"#,
    r#"DetectAnomalies "RowCount""#,
    r#"DetectAnomalies "ColumnLength" "id""#,
];

/// Whole rulesets of the documentation.
const RULESETS: &[(&str, usize)] = &[
    ("Rules = [\n   IsComplete \"order-id\",\n   IsUnique \"order-id\"\n]", 2),
    ("mySql = \"select count(*) from primary\"\n\nRules = [\n    CustomSql $mySql between 0 and 100\n]", 1),
    (
        "Rules = [\n   RowCount > avg(last(3))\n]\nAnalyzers = [\n   DistinctValuesCount \"Name\",\n   ColumnLength \"Name\"\n]",
        1,
    ),
    ("Rules = []", 0),
    ("Metadata = { \"Version\": \"1.0\", \"tags\": [\"a\", \"b\"] }\nRules = [ RowCount > 0 # many\n ]", 1),
];

/// What is in the documentation and refused here, and why.
const REFUSED: &[(&str, &str)] = &[
    // More than all rows cannot return.
    (r#"CustomSql "select Name from primary where Age > 18" with threshold > 3"#, "a share is from 0 to 1"),
    // Spark's functions.
    (r#"ColumnLength "colC" > 10 where "colD != Concat(colE, colF)""#, "in the filter"),
    (r#"RowCount > last(5)"#, "last(5) is several values"),
    (r#"RowCount > index(last(3), 3)"#, "an index of last(3) is from 0 to 2"),
    (r#"(IsComplete "colA") AND (RowCount > 0) labels=["foo"="bar"]"#, "labels belong to the whole rule"),
    (r#"(IsComplete "colA" labels=["foo"="bar"]) AND (RowCount > 0)"#, "labels belong to the whole rule"),
    // Written so in the documentation; types are case-sensitive there too.
    (r#"(isComplete "colA") and (RowCount > 0)"#, "did you mean IsComplete?"),
    // An anomaly in the documentation itself: a parenthesis is missing.
    (r#"StandardDeviation "colA" > avg(last(10) + 0.1"#, "or `)`, found `]`"),
    (r#"Entropy "Star_Rating" > 1"#, "not supported here"),
    (r#"RowCountMatch "reference" = 1.0"#, "not supported here"),
];

#[test]
fn every_documented_rule_is_read() {
    for example in EXAMPLES {
        let ruleset = parse(&format!("Rules = [ {example} ]")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(ruleset.rules[0].text, *example);
    }
    let together = parse(&format!("Rules = [\n{}\n]", EXAMPLES.join(",\n"))).unwrap();
    assert_eq!(together.rules.len(), EXAMPLES.len());
    assert_eq!(together.rules[3].line, 5);
    for (text, rules) in RULESETS {
        assert_eq!(parse(text).unwrap_or_else(|error| panic!("{error}")).rules.len(), *rules);
    }
}

#[test]
fn what_is_left_out_says_so() {
    for (rule, reason) in REFUSED {
        let error = parse(&format!("Rules = [ {rule} ]")).unwrap_err();
        assert!(error.message.contains(reason), "{rule}\n{error}");
    }
}

#[test]
fn labels_are_those_of_the_documentation() {
    let text = r#"
DefaultLabels=["frequency"="monthly"]
Rules = [
    // Auto includes the default label
    ColumnValues "col" > 21,
    ColumnValues "col" > 0 with threshold > 0.8 labels=["foo"="bar"],
    // Overrides it
    ColumnValues "colA" in ["A", "B"]  with threshold > 0.8 labels=["foo"="bar", "frequency"="daily"],
    ((IsComplete "col") AND (RowCount > 0)) labels=["foo"="bar"]
]"#;
    let rules = parse(text).unwrap().rules;
    let labels: Vec<Vec<_>> =
        rules.iter().map(|rule| rule.labels.iter().map(|(k, v)| format!("{k}={v}")).collect()).collect();
    assert_eq!(labels[0], ["frequency=monthly"]);
    assert_eq!(labels[1], ["foo=bar", "frequency=monthly"]);
    assert_eq!(labels[2], ["foo=bar", "frequency=daily"]);
    assert_eq!(labels[3], ["foo=bar", "frequency=monthly"]);
    assert_eq!(rules[3].text, r#"((IsComplete "col") AND (RowCount > 0))"#);
}
