//! Whether an outline crosses itself.
//!
//! Edges that follow each other lie close together, so boxes around runs of them make a good tree,
//! and only pairs of runs whose boxes meet need be looked at: n log n for outlines that people and
//! programs draw. An outline can be made for which every pair meets; its check ends at
//! [`MAX_TESTS`].

/// A point in the outline's plane.
pub(super) type Point = [f64; 2];

/// Most pairs of edges that are tested, some 5 ms: nobody else is answered meanwhile, and a vertex
/// may be dragged. Outlines of up to 1,400 vertices are always decided (half their square is less);
/// larger ones where they do not run to and fro all over.
pub(super) const MAX_TESTS: usize = 1_000_000;
/// Edges in the smallest box: below, boxes cost more than the tests they save.
const RUN: usize = 8;

/// Why it is not an outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crossing {
    /// It crosses or touches itself.
    Crosses,
    /// More than [`MAX_TESTS`] pairs would have to be tested.
    Undecided,
}

/// Whether the closed `outline`, of which no two neighbours are equal, meets itself nowhere.
pub(super) fn check(outline: &[Point]) -> Result<(), Crossing> {
    let edges = Edges::of(outline);
    let tree = boxes(&edges.0);
    let leaves = tree.len() / 2;
    let mut tests = 0;
    let mut pairs = vec![(1, 1)];
    while let Some((a, b)) = pairs.pop() {
        if !tree.get(a).zip(tree.get(b)).is_some_and(|(a, b)| a.meets(b)) {
            continue;
        }
        if a < leaves {
            pairs.push((2 * a, 2 * b));
            pairs.push((2 * a, 2 * b + 1));
            pairs.push((2 * a + 1, 2 * b + 1));
            if a != b {
                pairs.push((2 * a + 1, 2 * b));
            }
            continue;
        }
        tests += RUN * RUN;
        if tests > MAX_TESTS {
            return Err(Crossing::Undecided);
        }
        edges.check_runs(a - leaves, b - leaves)?;
    }
    Ok(())
}

/// An axis-aligned box.
#[derive(Clone, Copy)]
struct Bounds {
    low: Point,
    high: Point,
}

impl Bounds {
    const NOTHING: Self = Self { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2] };

    const fn with(self, other: Self) -> Self {
        let [l, m] = [self.low, other.low];
        let [h, i] = [self.high, other.high];
        Self { low: [l[0].min(m[0]), l[1].min(m[1])], high: [h[0].max(i[0]), h[1].max(i[1])] }
    }

    fn meets(&self, other: &Self) -> bool {
        (0..2).all(|k| self.low[k] <= other.high[k] && other.low[k] <= self.high[k])
    }
}

/// A binary heap of boxes: those of node `i` hold those of `2i` and `2i + 1`; the second half are
/// the runs.
fn boxes(edges: &[(Point, Point)]) -> Vec<Bounds> {
    let runs = edges.chunks(RUN).map(|run| {
        let each = run.iter().flat_map(|&(a, b)| [a, b]);
        each.fold(Bounds::NOTHING, |all, p| all.with(Bounds { low: p, high: p }))
    });
    let leaves = edges.len().div_ceil(RUN).next_power_of_two();
    let mut tree = vec![Bounds::NOTHING; leaves];
    tree.extend(runs);
    tree.resize(2 * leaves, Bounds::NOTHING);
    for node in (1..leaves).rev() {
        tree[node] = tree[2 * node].with(tree[2 * node + 1]);
    }
    tree
}

/// The edges of an outline, relative to its first vertex (so that far from 0 nothing is lost).
struct Edges(Vec<(Point, Point)>);

impl Edges {
    fn of(outline: &[Point]) -> Self {
        let origin = outline.first().copied().unwrap_or_default();
        let near = |p: &Point| [p[0] - origin[0], p[1] - origin[1]];
        let ends = outline.iter().cycle().skip(1);
        Self(outline.iter().zip(ends).map(|(a, b)| (near(a), near(b))).collect())
    }

    fn check_runs(&self, a: usize, b: usize) -> Result<(), Crossing> {
        let run = |leaf: usize| {
            let each = self.0.iter().enumerate().skip(leaf * RUN).take(RUN);
            each.map(|(i, edge)| (i, *edge))
        };
        for (i, first) in run(a) {
            for (j, second) in run(b).filter(|(j, _)| a != b || *j > i) {
                let meet = if i.abs_diff(j) == 1 {
                    let (before, after) = if i < j { (first, second) } else { (second, first) };
                    folds_back(before, after)
                } else if i.abs_diff(j) + 1 == self.0.len() {
                    let (before, after) = if i < j { (second, first) } else { (first, second) };
                    folds_back(before, after)
                } else {
                    meet(first, second)
                };
                if meet {
                    return Err(Crossing::Crosses);
                }
            }
        }
        Ok(())
    }
}

/// On which side of the line from `a` to `b` `c` is: positive, negative, or 0 on it.
fn side(a: Point, b: Point, c: Point) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// Whether the second edge, which begins where the first ends, runs back upon it.
fn folds_back((a, b): (Point, Point), (_, c): (Point, Point)) -> bool {
    let dot = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
    side(a, b, c) == 0.0 && dot < 0.0
}

/// Whether two edges have a point in common.
fn meet((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let within = |a: Point, b: Point, p: Point| {
        (0..2).all(|k| a[k].min(b[k]) <= p[k] && p[k] <= a[k].max(b[k]))
    };
    let (c_side, d_side) = (side(a, b, c), side(a, b, d));
    let (a_side, b_side) = (side(c, d, a), side(c, d, b));
    let apart = |p: f64, q: f64| (p > 0.0 && q > 0.0) || (p < 0.0 && q < 0.0);
    let across = !apart(c_side, d_side) && !apart(a_side, b_side);
    let collinear = [a_side, b_side, c_side, d_side].iter().all(|side| *side == 0.0);
    if collinear {
        return within(a, b, c) || within(a, b, d) || within(c, d, a);
    }
    across
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(n: usize, radius: impl Fn(usize) -> f64) -> Vec<Point> {
        let angle = |i: usize| i as f64 / n as f64 * std::f64::consts::TAU;
        (0..n).map(|i| [radius(i) * angle(i).sin(), radius(i) * angle(i).cos()]).collect()
    }

    #[test]
    fn simple_outlines_pass_and_crossed_touching_and_folded_ones_do_not() {
        let ok: [&[Point]; 3] = [
            &[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]],
            &[[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [1.0, 1.0], [2.0, 0.0]],
            // A vertex in the middle of a straight side.
            &[[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 0.0]],
        ];
        ok.iter().for_each(|outline| assert_eq!(check(outline), Ok(()), "{outline:?}"));
        let bad: [&[Point]; 4] = [
            &[[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]],
            // Touches its first side with a vertex.
            &[[0.0, 0.0], [0.0, 4.0], [2.0, 4.0], [0.0, 2.0], [2.0, 0.0]],
            // Runs back upon itself.
            &[[0.0, 0.0], [0.0, 2.0], [0.0, 1.0], [1.0, 1.0]],
            // Goes through one vertex twice.
            &[[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [2.0, 2.0], [1.0, 1.0], [0.0, 2.0]],
        ];
        bad.iter().for_each(|o| assert_eq!(check(o), Err(Crossing::Crosses), "{o:?}"));
    }

    #[test]
    fn an_outline_far_from_the_origin_is_decided_as_one_near_it() {
        let mut outline = circle(300, |_| 1e-3);
        outline.iter_mut().for_each(|p| *p = [p[0] + 1e6, p[1] - 1e6]);
        assert_eq!(check(&outline), Ok(()));
    }

    #[test]
    fn large_outlines_are_decided_and_one_crossing_is_found_anywhere() {
        let mut outline = circle(10_000, |i| 100.0 + (i % 7) as f64);
        assert_eq!(check(&outline), Ok(()));
        outline.swap(7_000, 7_003);
        assert_eq!(check(&outline), Err(Crossing::Crosses));
    }

    #[test]
    fn the_tree_finds_what_testing_every_pair_finds() {
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let mut crossed = 0;
        for round in 0..300 {
            let jitter: Vec<f64> = (0..40).map(|_| random()).collect();
            let mut outline = circle(40, |i| 1.0 + jitter[i]);
            let shake = [0.0, 0.3, 0.6, 0.9][round % 4];
            outline.iter_mut().for_each(|p| p[0] += shake * random());
            let edges = Edges::of(&outline).0;
            let n = edges.len();
            let pairs = (0..n).flat_map(|i| (i + 2..n).map(move |j| (i, j)));
            let mut pairs = pairs.filter(|(i, j)| j - i + 1 < n);
            let every = pairs.any(|(i, j)| meet(edges[i], edges[j]));
            assert_eq!(check(&outline).is_err(), every);
            crossed += usize::from(every);
        }
        assert!((20..280).contains(&crossed), "{crossed} of 300 crossed: no test of both answers");
    }

    #[test]
    fn an_outline_that_runs_to_and_fro_all_over_is_given_up_in_time() {
        let comb = (0..10_000).map(|i| {
            let (tooth, way) = (f64::from(i), f64::from(i % 2));
            [tooth * 1e-4 + way, tooth * 1e-4 - way]
        });
        let around = [[3.0, -3.0], [-3.0, -3.0]];
        let outline: Vec<_> = comb.chain(around).collect();
        assert_eq!(check(&outline), Err(Crossing::Undecided));
    }
}
