use std::io::{Read as _, Write as _};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};

/// The most bytes that user data may have, before base64.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
pub const LIMIT: usize = 16 * 1024;

/// What is unpacked from `LIMIT` bytes at most: somebody else's could be made to fill the memory.
const LARGEST: u64 = 1 << 20;

/// User data as EC2 keeps it. What is gzipped cloud-init unpacks by itself:
/// <https://cloudinit.readthedocs.io/en/latest/explanation/format.html>
pub fn packed(user_data: &str) -> Vec<u8> {
    // The same text gives the same bytes at every time: a request that is made again must be the same.
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(user_data.as_bytes()).expect("a Vec takes all bytes");
    gzip.finish().expect("a Vec takes all bytes")
}

/// The user data that EC2 keeps so. What somebody else wrote need not be packed, nor text.
pub fn unpacked(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    let whole = GzDecoder::new(bytes).take(LARGEST).read_to_end(&mut text);
    String::from_utf8_lossy(if whole.is_ok() { &text } else { bytes }).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let text = "#cloud-config\nü\n".repeat(40);
        assert!(packed(&text).len() < text.len());
        assert_eq!(unpacked(&packed(&text)), text);
        assert_eq!(packed(&text), packed(&text));
    }

    #[test]
    fn what_others_wrote_is_shown_as_far_as_it_is_text() {
        assert_eq!(unpacked(b"#!/bin/sh\n"), "#!/bin/sh\n");
        assert_eq!(unpacked(b""), "");
        assert_eq!(unpacked(&packed("#cloud-config\n")[..20]).chars().next(), Some('\u{1f}'));
        assert_eq!(unpacked(&packed(&"x".repeat(3 << 20))).len(), 1 << 20);
    }
}
