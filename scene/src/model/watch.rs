//! Whose view a participant looks at, in the end.

use std::collections::BTreeMap;

use parfocal_base::{ParticipantId, ViewId};

use super::Watch;

/// The view that `who` sees. Following is transitive. Who follows someone that is not in
/// `watches`, or follows in a circle, sees the stage; so does who is absent.
pub fn resolve_watch(watches: &BTreeMap<ParticipantId, Watch>, who: ParticipantId) -> ViewId {
    let mut at = who;
    // A chain without a circle names nobody twice.
    for _ in 0..watches.len() {
        match watches.get(&at) {
            Some(Watch::Own) => return ViewId::own(at),
            Some(Watch::Follow(next)) => at = *next,
            Some(Watch::Stage) | None => return ViewId::STAGE,
        }
    }
    ViewId::STAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ParticipantId = ParticipantId(1);
    const B: ParticipantId = ParticipantId(2);
    const C: ParticipantId = ParticipantId(3);

    fn watches(list: &[(ParticipantId, Watch)]) -> BTreeMap<ParticipantId, Watch> {
        list.iter().copied().collect()
    }

    #[test]
    fn following_ends_at_an_own_view_or_the_stage() {
        let all = watches(&[(A, Watch::Follow(B)), (B, Watch::Follow(C)), (C, Watch::Own)]);
        assert_eq!(resolve_watch(&all, A), ViewId::own(C));
        assert_eq!(resolve_watch(&all, C), ViewId::own(C));
        let all = watches(&[(A, Watch::Follow(B)), (B, Watch::Stage)]);
        assert_eq!(resolve_watch(&all, A), ViewId::STAGE);
    }

    #[test]
    fn circles_and_the_absent_lead_to_the_stage() {
        let all = watches(&[(A, Watch::Follow(B)), (B, Watch::Follow(A)), (C, Watch::Follow(C))]);
        for who in [A, B, C, ParticipantId(9)] {
            assert_eq!(resolve_watch(&all, who), ViewId::STAGE);
        }
        let all = watches(&[(A, Watch::Follow(B))]);
        assert_eq!(resolve_watch(&all, A), ViewId::STAGE);
    }
}
