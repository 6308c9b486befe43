//! A frame opens to exactly what was packed, or not at all.

use crate::kit::cases;
use proptest::{collection::vec, prelude::*};
use protocol::{
    BODY_BYTES_MAX, EVENT_BYTES_MAX,
    event::{Frame, FrameError},
    hash::Sha256,
};

#[test]
fn a_bomb_is_refused_before_it_fills_memory() {
    let bomb = Frame::pack(&vec![0; 64 << 20]).unwrap();
    assert!(bomb.zstd.len() < 10_000, "64 MiB in {} bytes", bomb.zstd.len());
    assert!(matches!(Frame::unpack(&bomb.zstd, 1 << 20), Err(FrameError::TooLarge(1_048_576))));
}

#[test]
fn the_bound_is_inclusive() {
    let frame = Frame::pack(&[7; 1_000]).unwrap();
    assert_eq!(Frame::unpack(&frame.zstd, 1_000).unwrap().len(), 1_000);
    assert!(matches!(Frame::unpack(&frame.zstd, 999), Err(FrameError::TooLarge(999))));
}

#[test]
fn a_frame_that_states_no_size_keeps_to_the_same_bound() {
    let streamed = zstd::encode_all(&[7; 1_000][..], 1).unwrap();
    assert_eq!(Frame::unpack(&streamed, 1_000).unwrap().len(), 1_000);
    assert!(matches!(Frame::unpack(&streamed, 999), Err(FrameError::TooLarge(999))));
}

#[test]
fn a_frame_that_states_its_size_needs_no_more_room_whatever_window_it_asks_for() {
    // By hand (RFC 8878): a window of 2 GiB, a stated size of 100,000 bytes, one block that repeats a byte.
    let [a, b, c, _] = (100_000_u32 << 3 | 1 << 1 | 1).to_le_bytes();
    let header = [&[0x28, 0xb5, 0x2f, 0xfd, 0x80, 21 << 3], 100_000_u32.to_le_bytes().as_slice()].concat();
    let frame = [header.as_slice(), &[a, b, c, b' ']].concat();
    assert_eq!(Frame::unpack(&frame, 100_000).unwrap(), vec![b' '; 100_000]);
}

#[test]
fn a_body_has_8_mib_as_operators_are_told_and_64_when_it_is_open() {
    assert_eq!(BODY_BYTES_MAX, 8 * 1024 * 1024);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md");
    assert!(std::fs::read_to_string(page).unwrap().contains("bodies of 8 MiB"));
    assert_eq!(EVENT_BYTES_MAX, 64 * 1024 * 1024);
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_is_packed_comes_out(plain in vec(any::<u8>(), 0..5_000)) {
        let frame = Frame::pack(&plain).unwrap();
        prop_assert_eq!(frame.body_sha256, Sha256::of(&plain));
        prop_assert_eq!(Frame::unpack(&frame.zstd, 5_000).unwrap(), plain);
    }

    #[test]
    fn a_frame_cut_off_anywhere_is_refused(plain in vec(any::<u8>(), 0..300)) {
        let frame = Frame::pack(&plain).unwrap();
        for end in 0..frame.zstd.len() {
            prop_assert!(matches!(Frame::unpack(&frame.zstd[..end], 300), Err(FrameError::Zstd(_))), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_frame_is_refused_without_a_panic(bytes in vec(any::<u8>(), 0..200), plain in vec(any::<u8>(), 0..200)) {
        let _ = Frame::unpack(&bytes, 1_000);
        let frame = Frame::pack(&plain).unwrap();
        let trailing = [frame.zstd.as_slice(), b"and more"].concat();
        prop_assert!(Frame::unpack(&trailing, 1_000).is_err());
    }
}
