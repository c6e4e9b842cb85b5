//! Carries out what a view's allocator decides: which renditions there are, and who reads each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parfocal_base::{Instant, ParticipantId};
use parfocal_encode::Codec;
use parfocal_encode::allocate::ladder::Canvas;
use parfocal_encode::allocate::{Budget, MAX_RENDITIONS, Viewer};
use parfocal_sync::message::PixelCodec;

use super::board::Board;
use super::member::Member;
use super::rendition::{Rendition, Spec};
use super::supervisor::SessionMsg;
use super::view_board::ViewBoard;
use crate::video::By;

/// Looks at what the viewers' links do, and gives each of them a rendition.
pub(crate) fn allocate(
    board: &Board,
    view: &Arc<ViewBoard>,
    now: Instant,
    [width, height]: [u32; 2],
) {
    let members: HashMap<ParticipantId, Arc<Member>> =
        view.viewers.read().iter().map(|member| (member.id, Arc::clone(member))).collect();
    let viewers: Vec<Viewer> = members
        .values()
        .filter_map(|member| {
            let codec = codec_of((*member.codec.read())?);
            Some(Viewer { id: member.id, codec, target: member.pixels.target(now) })
        })
        .collect();
    let mut allocator = view.allocator.lock();
    for member in members.values().filter(|member| member.pixels.take_key_wanted()) {
        allocator.request_key(now, member.id);
    }
    let budget = Budget { view: MAX_RENDITIONS, server: board.shared.encoders.free() };
    let planned = allocator.plan(now, Canvas { width, height }, &viewers, budget);
    drop(allocator);
    let mut renditions = view.renditions.write();
    renditions.retain(|rendition| {
        let kept = planned.iter().any(|plan| plan.id == rendition.id);
        if !kept {
            board.supervisor.send(SessionMsg::EndEncoding(Arc::clone(rendition)));
        }
        kept
    });
    let joining: HashSet<ParticipantId> =
        planned.iter().flat_map(|plan| plan.joining.iter().copied()).collect();
    let mut new = Vec::new();
    for plan in planned {
        let there = renditions.iter().find(|rendition| rendition.id == plan.id).cloned();
        let rendition = there.unwrap_or_else(|| {
            let rendition = Arc::new(Rendition::new(view.id, plan.id, pixel_codec(plan.codec)));
            renditions.push(Arc::clone(&rendition));
            new.push(Arc::clone(&rendition));
            rendition
        });
        let (canvas, fps) = ([width, height], plan.fps);
        let size = [plan.width, plan.height];
        let key_at = plan.key_at.unwrap_or(now);
        rendition.set_spec(Spec { size, canvas, fps, bitrate: plan.bitrate_bps, key_at });
        // Who is on the way elsewhere goes on reading this one until then.
        let staying = plan.members.iter().filter(|id| !joining.contains(id));
        for member in staying.chain(&plan.joining).filter_map(|id| members.get(id)) {
            member.pixels.go(rendition.serial, size[1]);
        }
        let readers = plan.members.iter().chain(&plan.joining);
        *rendition.readers.write() = readers.filter_map(|id| members.get(id)).cloned().collect();
        rendition.poke();
    }
    view.encoders.count(in_software(&renditions));
    drop(renditions);
    for rendition in new {
        board.supervisor.send(SessionMsg::Encode(Arc::clone(view), rendition));
    }
}

/// How many of them take the processor's time. One that nothing was encoded of yet counts: the card
/// may refuse it.
fn in_software(renditions: &[Arc<Rendition>]) -> usize {
    renditions.iter().filter(|rendition| rendition.used.lock().by == By::Software).count()
}

const fn codec_of(codec: PixelCodec) -> Codec {
    match codec {
        PixelCodec::H264 => Codec::H264,
        PixelCodec::Jpeg => Codec::Jpeg,
        PixelCodec::Png => Codec::Png,
    }
}

const fn pixel_codec(codec: Codec) -> PixelCodec {
    match codec {
        Codec::H264 => PixelCodec::H264,
        Codec::Jpeg => PixelCodec::Jpeg,
        Codec::Png => PixelCodec::Png,
    }
}

#[cfg(test)]
mod tests {
    use parfocal_base::ViewId;
    use parfocal_encode::allocate::RenditionId;

    use super::*;
    use crate::budget::Encoders;

    #[test]
    fn what_the_card_encodes_takes_nothing_of_the_processors_budget() {
        let (all, id) = (Encoders::new(1), RenditionId(0));
        let (share, most) = (all.share(), all.free());
        let renditions =
            [(); 3].map(|()| Arc::new(Rendition::new(ViewId::STAGE, id, PixelCodec::H264)));
        share.count(in_software(&renditions));
        assert_eq!(all.free(), most - 3, "nobody knows yet what encodes them");
        for rendition in &renditions[1..] {
            rendition.used.lock().by = By::Nvenc;
        }
        share.count(in_software(&renditions));
        assert_eq!(all.free(), most - 1);
        renditions[1].used.lock().by = By::Software;
        share.count(in_software(&renditions));
        assert_eq!(all.free(), most - 2, "the card has failed");
    }
}
