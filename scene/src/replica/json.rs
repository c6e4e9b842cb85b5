//! Between JSON and the values of a document.
//!
//! Yjs has one kind of number. Whole numbers are written as integers, the shortest form, and both
//! 1 and 1.0 are read as 1, which serde takes for floats as well.

use serde_json::{Map, Number as JsonNumber, Value};
use yrs::{Any, Number};

/// The document value of a JSON value.
pub(super) fn to_any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(value) => Any::Bool(*value),
        Value::Number(number) => Any::Number(match number.as_i64() {
            Some(whole) => Number::Int(whole),
            None => Number::try_i64(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Any::String(text.as_str().into()),
        Value::Array(items) => Any::Array(items.iter().map(to_any).collect()),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), to_any(value)));
            Any::Map(std::sync::Arc::new(entries.collect()))
        }
    }
}

/// The JSON value of a document value. What JSON cannot hold (bytes, NaN, undefined) is null.
pub(super) fn to_json(any: &Any) -> Value {
    match any {
        Any::Null | Any::Undefined | Any::Buffer(_) => Value::Null,
        Any::Bool(value) => Value::Bool(*value),
        Any::Number(Number::Int(whole)) => Value::from(*whole),
        Any::Number(Number::Float(float)) => match Number::try_i64(*float) {
            Number::Int(whole) => Value::from(whole),
            Number::Float(float) => JsonNumber::from_f64(float).map_or(Value::Null, Value::Number),
        },
        Any::String(text) => Value::from(text.as_ref()),
        Any::Array(items) => Value::Array(items.iter().map(to_json).collect()),
        Any::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), to_json(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_read_the_same_however_they_were_written() {
        for any in [Number::Int(3), Number::Float(3.0)].map(Any::Number) {
            assert_eq!(serde_json::from_value::<u32>(to_json(&any)).unwrap(), 3);
            assert_eq!(serde_json::from_value::<f64>(to_json(&any)).unwrap(), 3.0);
        }
        assert_eq!(to_json(&Any::Number(Number::Float(f64::NAN))), Value::Null);
    }

    #[test]
    fn json_goes_through_a_document_value_unchanged() {
        let text = r#"{"a":[1,-2.5,1e300,true,null,"x"],"b":{"c":9007199254740991}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(to_json(&to_any(&value)), value);
    }
}
