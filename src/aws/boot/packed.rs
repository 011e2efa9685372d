use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};

/// What cloud-init calls [`packed`]'s encoding.
/// <https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files>
pub const ENCODING: &str = "gz+b64";

/// A text, gzipped and in base64, on one line. The same text gives the same line on every machine and at every time:
/// another line would be another launch template, to which all instances roll.
pub fn packed(text: &str) -> String {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes()).expect("a Vec takes all bytes");
    STANDARD.encode(gzip.finish().expect("a Vec takes all bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compressor that compresses otherwise rolls every fleet with the next `up`: not without being noticed.
    #[test]
    fn the_bytes_are_always_the_same() {
        let text: String = (0..40).map(|line| format!("line {}\n", line * line)).collect();
        snapbox::assert_data_eq!(
            packed(&text),
            snapbox::str![
                "H4sIAAAAAAAC/z2QQQ4DIQwD731Fn0BCEuBBPVRa9f/H7goPJwuTDDbX9/d5t9f1iG2JLUtmbfXc2nUO3ZfGp7atQXOcCFAwF1ConjhTM92DB8kFOQJnaiZdWznEKciFM5gZbE04C/Kq04LnrZHIjJB2cptTxfppF6dw3n/wB4/yaXBiAQAA"
            ]
        );
    }
}
