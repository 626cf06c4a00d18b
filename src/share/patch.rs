//! What two values differ in, and putting it back: this is what makes a code short.
//!
//! A patch of a map is a map of patches, with null for what goes; a patch of a list is a map from places to patches, with its
//! new length as `n` where that changes. Everything else is replaced. `{"=": value}` replaces where a patch could be mistaken.

use serde_json::{Map, Number, Value};

/// Longest list that a patch may make: that of the longest start.
const LONGEST: u64 = 100_000;

/// Numbers without needless digits and maps without nulls: what serde reads back to the same.
pub(super) fn tidy(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(shorter(number)),
        Value::Array(list) => Value::Array(list.into_iter().map(tidy).collect()),
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, tidy(value))).collect())
        }
        other => other,
    }
}

/// 7 for 7.0: a float is read from either. Only zero has a sign that a whole number lacks.
fn shorter(number: Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(x) if number.is_f64() && x.fract() == 0.0 && x.abs() < EXACT && (x != 0.0 || x.is_sign_positive()) => {
            Number::from(x as i64)
        }
        _ => number,
    }
}

/// About how many bytes a value takes, or what is read from it.
pub(super) fn size(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(size).sum(),
            Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
        }
}

/// What has to be applied to `old` to have `new`; `None` if nothing. Both are tidy.
pub(super) fn diff(old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    let patch = match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let gone = old.keys().filter(|key| !new.contains_key(*key));
            let gone = gone.map(|key| (key.clone(), Value::Null));
            let changed = new.iter().filter_map(|(key, value)| {
                let patch = match old.get(key) {
                    Some(before) => diff(before, value)?,
                    None => plain(value),
                };
                Some((key.clone(), patch))
            });
            Value::Object(gone.chain(changed).collect())
        }
        (Value::Array(old), Value::Array(new)) => {
            let mut patch = Map::new();
            if old.len() != new.len() {
                patch.insert("n".to_owned(), Value::from(new.len()));
            }
            for (place, value) in new.iter().enumerate() {
                let change = match old.get(place) {
                    Some(before) => diff(before, value),
                    None => Some(plain(value)),
                };
                if let Some(change) = change {
                    patch.insert(place.to_string(), change);
                }
            }
            let (patch, whole) = (Value::Object(patch), Value::Array(new.clone()));
            if patch.to_string().len() < whole.to_string().len() {
                patch
            } else {
                whole
            }
        }
        (_, new) => plain(new),
    };
    Some(patch)
}

/// A value in the place of one that it has nothing in common with.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(_) | Value::Null => Value::Object(Map::from_iter([("=".to_owned(), value.clone())])),
        other => other.clone(),
    }
}

/// The value that `patch` makes of `old`; `None` if it is no patch of it.
pub(super) fn apply(old: Value, patch: Value) -> Option<Value> {
    let Value::Object(mut patch) = patch else {
        return Some(patch);
    };
    if let Some(value) = patch.remove("=") {
        return patch.is_empty().then_some(value);
    }
    match old {
        Value::Object(mut map) => {
            for (key, change) in patch {
                if change.is_null() {
                    map.remove(&key)?;
                } else {
                    let before = map.remove(&key).unwrap_or(Value::Null);
                    map.insert(key, apply(before, change)?);
                }
            }
            Some(Value::Object(map))
        }
        Value::Array(mut list) => {
            if let Some(length) = patch.remove("n") {
                let length = length.as_u64().filter(|n| *n <= LONGEST)?;
                list.resize(length as usize, Value::Null);
            }
            for (place, change) in patch {
                let slot = list.get_mut(place.parse::<usize>().ok()?)?;
                *slot = apply(slot.take(), change)?;
            }
            Some(Value::Array(list))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            "[a-c=n0]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-cn0]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_new_of_the_old(old in value(), new in value()) {
            let (old, new) = (tidy(old), tidy(new));
            match diff(&old, &new) {
                None => prop_assert_eq!(old, new),
                Some(patch) => prop_assert_eq!(apply(old, patch.clone()), Some(new), "{}", patch),
            }
        }

        #[test]
        fn no_patch_panics(old in value(), patch in value()) {
            let _ = apply(old, patch);
        }
    }

    #[test]
    fn a_changed_number_is_all_that_is_said() {
        let old = json!({"target": {"DoubleWell": {"barrier": 7, "tilt": 0}}, "panels": [{"alpha": 1}, {"alpha": 0}]});
        let mut new = old.clone();
        new["target"]["DoubleWell"]["barrier"] = json!(9);
        new["panels"][1]["alpha"] = json!(0.5);
        let patch = diff(&old, &new).unwrap();
        assert_eq!(
            patch,
            json!({"target": {"DoubleWell": {"barrier": 9}}, "panels": {"1": {"alpha": 0.5}}})
        );
    }

    #[test]
    fn minus_zero_keeps_its_sign() {
        let tidied = tidy(json!([-0.0, 7.0, 0.5]));
        assert_eq!(tidied.to_string(), "[-0.0,7,0.5]");
    }
}
