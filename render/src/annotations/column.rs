//! The column of a layer's table of features that its colours come from.

use std::collections::BTreeMap;

use parfocal_scene::{Annotation, Feature};

/// A value of the column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Value {
    #[default]
    None,
    Number(f64),
    /// Number of a text or boolean.
    Category(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Category {
    Bool(bool),
    Text(String),
}

/// Which feature it is, and what values it has.
#[derive(Debug, Default)]
pub(super) struct Column {
    feature: Option<String>,
    /// Number of each category, and how many annotations have it.
    categories: BTreeMap<Category, (u32, usize)>,
    /// Numbers of categories that nobody has any more.
    free: Vec<u32>,
    /// By number: which of the sorted categories it is.
    ranks: Vec<u32>,
    /// Smallest and largest finite number; none where there is none.
    range: Option<[f64; 2]>,
    ranks_stale: bool,
    range_stale: bool,
}

impl Column {
    pub(super) fn new(feature: Option<&str>) -> Self {
        let range_stale = feature.is_some();
        Self { feature: feature.map(str::to_owned), range_stale, ..Self::default() }
    }

    pub(super) fn feature(&self) -> Option<&str> {
        self.feature.as_deref()
    }

    /// Smallest and largest finite number.
    pub(super) fn range(&self) -> [f64; 2] {
        self.range.unwrap_or([0.0, 1.0])
    }

    /// Which of the sorted categories has this number: neighbours get colours that follow each
    /// other, the same in every view and on every day.
    pub(super) fn rank(&self, number: u32) -> usize {
        self.ranks.get(number as usize).copied().unwrap_or(0) as usize
    }

    /// Takes in an annotation's value.
    pub(super) fn add(&mut self, annotation: &Annotation) -> Value {
        let Some(feature) = self.value_of(annotation) else { return Value::None };
        let category = match feature {
            Feature::Number(number) => {
                let known = self.range.is_some_and(|[low, high]| (low..=high).contains(number));
                self.range_stale |= number.is_finite() && !known;
                return Value::Number(*number);
            }
            Feature::Bool(value) => Category::Bool(*value),
            Feature::Text(value) => Category::Text(value.clone()),
        };
        if let Some((number, count)) = self.categories.get_mut(&category) {
            *count += 1;
            return Value::Category(*number);
        }
        // No more numbers are given than there are annotations, which are far fewer than 2^32.
        let next = u32::try_from(self.categories.len()).unwrap_or(u32::MAX);
        let number = self.free.pop().unwrap_or(next);
        self.categories.insert(category, (number, 1));
        self.ranks_stale = true;
        Value::Category(number)
    }

    /// Forgets an annotation's value.
    pub(super) fn remove(&mut self, annotation: &Annotation) {
        let category = match self.value_of(annotation) {
            None => return,
            Some(Feature::Number(number)) => {
                self.range_stale |= self.range.is_some_and(|range| range.contains(number));
                return;
            }
            Some(Feature::Bool(value)) => Category::Bool(*value),
            Some(Feature::Text(value)) => Category::Text(value.clone()),
        };
        if let Some((number, count)) = self.categories.get_mut(&category) {
            *count -= 1;
            if *count == 0 {
                self.free.push(*number);
                self.categories.remove(&category);
                self.ranks_stale = true;
            }
        }
    }

    /// Brings range and ranks up to date; `values` are all there are.
    pub(super) fn settle(&mut self, values: impl Iterator<Item = Value>) {
        if std::mem::take(&mut self.range_stale) {
            let [mut low, mut high] = [f64::INFINITY, f64::NEG_INFINITY];
            for value in values {
                if let Value::Number(number) = value
                    && number.is_finite()
                {
                    (low, high) = (low.min(number), high.max(number));
                }
            }
            self.range = (low <= high).then_some([low, high]);
        }
        if std::mem::take(&mut self.ranks_stale) {
            self.ranks.resize(self.categories.len() + self.free.len(), 0);
            for (rank, (number, _)) in (0..).zip(self.categories.values()) {
                if let Some(place) = self.ranks.get_mut(*number as usize) {
                    *place = rank;
                }
            }
        }
    }

    fn value_of<'a>(&self, annotation: &'a Annotation) -> Option<&'a Feature> {
        annotation.features.get(self.feature.as_deref()?)
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::LayerId;
    use parfocal_scene::Shape;

    use super::*;

    fn with(value: Feature) -> Annotation {
        let mut annotation = Annotation::new(LayerId(1), Shape::Point, vec![vec![0.0; 2]]);
        annotation.features.insert("class".to_owned(), value);
        annotation
    }

    #[test]
    fn categories_are_ranked_in_their_order_whenever_they_come() {
        let mut column = Column::new(Some("class"));
        let names = ["mitosis", "apoptosis", "resting", "mitosis"];
        let values = names.map(|name| column.add(&with(Feature::Text(name.to_owned()))));
        column.settle(values.into_iter());
        let rank = |column: &Column, value: Value| match value {
            Value::Category(number) => column.rank(number),
            _ => usize::MAX,
        };
        assert_eq!(values.map(|value| rank(&column, value)), [1, 0, 2, 1]);
        column.remove(&with(Feature::Text("apoptosis".to_owned())));
        column.settle(values.into_iter());
        assert_eq!(rank(&column, values[0]), 0);
        let other = column.add(&with(Feature::Text("zygote".to_owned())));
        column.settle(values.into_iter());
        assert_eq!(rank(&column, other), 2);
    }

    #[test]
    fn the_range_is_that_of_the_numbers_that_are_left() {
        let mut column = Column::new(Some("class"));
        let numbers = [3.0, f64::NAN, -1.0, f64::INFINITY, 8.0];
        let values = numbers.map(|number| column.add(&with(Feature::Number(number))));
        column.settle(values.into_iter());
        assert_eq!(column.range(), [-1.0, 8.0]);
        column.remove(&with(Feature::Number(8.0)));
        column.settle(values.into_iter().take(3));
        assert_eq!(column.range(), [-1.0, 3.0]);
    }
}
