//! Bytes to text: BOM, declared and detected encodings.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes are shown to the detector.
const DETECT_BYTES: usize = 256 * 1024;
/// Where an XML declaration or a `<meta>` may stand (HTML: 1024 bytes; many pages are later).
const DECLARATION_BYTES: usize = 4096;
/// Bytes looked at to recognise UTF-16 without a mark.
const UTF16_BYTES: usize = 256;

/// Text and the name of the encoding that it was read in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub encoding: &'static str,
    /// It was UTF-8 that had been taken for Windows-1252 and encoded again; `text` is what was meant.
    pub twice: bool,
}

/// Reads `bytes`: an override by the user, then a byte order mark, then valid UTF-8, then the `charset` of the HTTP header,
/// then the one in the XML declaration or HTML `<meta>`, then detection. Never fails; what cannot be read becomes U+FFFD.
/// `tld` is the last label of the host's name, which helps detection.
pub fn decode(bytes: &[u8], over: Option<&str>, charset: Option<&str>, tld: Option<&str>) -> Decoded {
    if let Some(encoding) = over.and_then(label) {
        return with(encoding, bytes);
    }
    if let Some(text) = utf32(bytes) {
        return text;
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = bare_utf16(bytes) {
        return with(encoding, bytes);
    }
    let declared = declared(bytes, charset);
    match std::str::from_utf8(bytes) {
        // Seven-bit escapes are valid UTF-8 as well.
        Ok(_) if declared == Some(ISO_2022_JP) && bytes.contains(&0x1b) => with(ISO_2022_JP, bytes),
        Ok(text) => match encoded_twice(text) {
            Some(text) => Decoded { twice: true, ..finish(text, UTF_8) },
            None => finish(text.to_owned(), UTF_8),
        },
        Err(_) => legacy(bytes, declared, tld),
    }
}

/// Bytes that are not UTF-8: as declared, if that reads without a fault, else as detected.
fn legacy(bytes: &[u8], declared: Option<&'static Encoding>, tld: Option<&str>) -> Decoded {
    if mostly_utf8(bytes) {
        return with(UTF_8, bytes);
    }
    if let Some(encoding) = declared.filter(|e| *e != UTF_8 && e.is_ascii_compatible()) {
        let (text, faults) = encoding.decode_without_bom_handling(bytes);
        if !faults {
            return finish(text.into_owned(), encoding);
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(DETECT_BYTES)], true);
    let tld = tld.map(str::to_ascii_lowercase).filter(|t| is_label(t));
    with(detector.guess(tld.as_deref().map(str::as_bytes), Utf8Detection::Deny), bytes)
}

/// chardetng panics on a top-level domain in any other form.
fn is_label(tld: &str) -> bool {
    !tld.is_empty() && tld.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    finish(encoding.decode_without_bom_handling(bytes).0.into_owned(), encoding)
}

/// C1 controls are never meant: their senders had Windows-1252 in mind.
fn finish(text: String, encoding: &'static Encoding) -> Decoded {
    let bytes = text.as_bytes();
    // Counted without branches, which the compiler turns into vector code: most texts have none.
    let has_c1 = !bytes.is_ascii() && bytes.iter().zip(&bytes[1..]).filter(|(a, b)| (**a == 0xc2) & (**b < 0xa0)).count() > 0;
    let text = if has_c1 { text.chars().map(windows_1252).collect() } else { text };
    Decoded { text, encoding: encoding.name(), twice: false }
}

/// UTF-32, with or without a mark: no browser reads it, some old tools write it.
fn utf32(bytes: &[u8]) -> Option<Decoded> {
    let (encoding, big) = match bytes {
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, b'<', ..] => ("UTF-32BE", true),
        [0xff, 0xfe, 0, 0, ..] | [b'<', 0, 0, 0, ..] => ("UTF-32LE", false),
        _ => return None,
    };
    let unit = |unit: &[u8; 4]| if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
    let text: String =
        bytes.as_chunks().0.iter().map(|u| char::from_u32(unit(u)).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(Decoded { text: text.trim_start_matches('\u{feff}').to_owned(), encoding, twice: false })
}

fn windows_1252(c: char) -> char {
    match u8::try_from(u32::from(c)) {
        Ok(byte @ 0x80..0xa0) => WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(c),
        _ => c,
    }
}

/// UTF-8 that some program took for Windows-1252 and encoded again ("cafÃ©"). Believed only where nearly every
/// run of letters beyond ASCII reads as UTF-8 when taken back: in a sound text hardly any does.
fn encoded_twice(text: &str) -> Option<String> {
    const MIN_SIGNS: usize = 4;
    let is_sign = |w: &&[u8]| {
        (w[0] == 0xc3) & (matches!(w[1], 0x82..=0x85) | (w[1] == 0x90) | (w[1] == 0x91) | (w[1] == 0xa2)) & (w[2] >= 0xc2)
    };
    if text.is_ascii() || text.as_bytes().windows(3).filter(is_sign).count() < MIN_SIGNS {
        return None;
    }
    let (mut out, mut sound, mut faulty) = (String::with_capacity(text.len()), 0usize, 0usize);
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        let length = rest[start..].find(|c: char| c.is_ascii()).unwrap_or(rest.len() - start);
        let run = &rest[start..start + length];
        out.push_str(&rest[..start]);
        match taken_back(run) {
            Some(meant) => {
                sound += 1;
                out.push_str(&meant);
            }
            None => {
                faulty += 1;
                out.push_str(run);
            }
        }
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    (sound > 8 * faulty).then_some(out)
}

fn taken_back(run: &str) -> Option<String> {
    let (bytes, _, unmappable) = WINDOWS_1252.encode(run);
    String::from_utf8(bytes.into_owned()).ok().filter(|_| !unmappable)
}

/// A byte is lost here and there (a title cut inside a letter), the rest is UTF-8.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut faults) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    letters > 4 * faults || (faults == 1 && letters > 0)
}

/// UTF-16 without a mark: every other byte of its markup is zero.
fn bare_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(UTF16_BYTES)];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match head.len() / 2 {
        0..2 => None,
        pairs if even == 0 && odd * 2 > pairs => Some(UTF_16LE),
        pairs if odd == 0 && even * 2 > pairs => Some(UTF_16BE),
        _ => None,
    }
}

/// What the header or the document says. A header's Latin-1 is often only the server's default: the document knows better.
fn declared(bytes: &[u8], charset: Option<&str>) -> Option<&'static Encoding> {
    let header = charset.and_then(label);
    match header {
        Some(encoding) if encoding != WINDOWS_1252 => header,
        _ => inner_label(bytes).and_then(|l| label(&l)).or(header),
    }
}

/// The label in an XML declaration or in a `<meta>`.
fn inner_label(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]).to_ascii_lowercase();
    let xml = head.trim_start().starts_with("<?xml").then(|| head.split("?>").next()?.split_once("encoding")).flatten();
    let (_, rest) = xml.or_else(|| head.split_once("charset"))?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    Some(value.split(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).next()?.to_owned())
}

/// WHATWG labels, and spellings that are not among them.
fn label(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().trim_matches(['"', '\'']);
    let name = match name.to_ascii_lowercase().as_str() {
        "macroman" | "mac-roman" => "macintosh",
        "maccyrillic" | "mac-cyrillic" => "x-mac-cyrillic",
        _ => name,
    };
    Encoding::for_label(name.as_bytes()).or_else(|| {
        let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        let windows = name.len() > digits.len() && name.to_ascii_lowercase().starts_with(['w', 'c']);
        windows.then(|| Encoding::for_label(format!("windows-{digits}").as_bytes())).flatten()
    })
}

/// The encoding that a `Content-Type` such as `text/xml; charset=…` names.
pub fn charset(content_type: &str) -> Option<&str> {
    let (_, value) =
        content_type.split(';').filter_map(|p| p.split_once('=')).find(|(k, _)| k.trim().eq_ignore_ascii_case("charset"))?;
    Some(value.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn reads_what_was_meant() {
        let xml = |name: &str| {
            format!("<?xml version='1.0' encoding='{name}'?><rss><title>Генштаб: около 500 військових</title></rss>")
        };
        let cyrillic = |name: &str| Encoding::for_label(name.as_bytes()).unwrap().encode(&xml(name)).0.into_owned();
        for (name, bytes, header, encoding) in [
            ("declared in the XML", cyrillic("windows-1251"), None, "windows-1251"),
            ("declared in the XML", cyrillic("koi8-u"), None, "KOI8-U"),
            ("a header that is the server's default", cyrillic("windows-1251"), Some("ISO-8859-1"), "windows-1251"),
            ("declared wrongly", xml("windows-1251").into_bytes(), Some("windows-1251"), "UTF-8"),
            ("UTF-16 with a mark", utf16(&xml("utf-16"), false, true), None, "UTF-16LE"),
            ("UTF-16 with a mark", utf16(&xml("utf-16"), true, true), None, "UTF-16BE"),
            ("UTF-16 without", utf16(&xml("utf-16"), false, false), None, "UTF-16LE"),
            ("UTF-16 without", utf16(&xml("utf-16"), true, false), Some("utf-8"), "UTF-16BE"),
        ] {
            let read = decode(&bytes, None, header, Some("ua"));
            assert!(read.text.contains("Генштаб: около 500 військових"), "{name} {encoding}: {}", read.text);
            assert_eq!(read.encoding, encoding, "{name}");
            assert!(!read.text.starts_with('\u{feff}'), "{name}");
        }
    }

    #[test]
    fn four_bytes_for_each_letter() {
        for (mark, big, encoding) in
            [(true, true, "UTF-32BE"), (false, true, "UTF-32BE"), (true, false, "UTF-32LE"), (false, false, "UTF-32LE")]
        {
            let letters = mark.then_some('\u{feff}').into_iter().chain("<rss>é".chars()).map(u32::from);
            let mut bytes: Vec<u8> = letters.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
            assert_eq!(decode(&bytes, None, Some("utf-8"), None), Decoded { text: "<rss>é".to_owned(), encoding, twice: false });
            bytes.extend([0xff; 6]);
            assert_eq!(decode(&bytes, None, None, None).text, "<rss>é\u{fffd}");
        }
    }

    #[test]
    fn detects_what_nobody_declared() {
        for (text, label, tld) in [
            ("Kraków: żołnierze zostaną wysłani, źródło mówi o tysiącu osób", "iso-8859-2", "pl"),
            ("Près de 2 000 soldats français déployés, a annoncé l’état-major", "windows-1252", "fr"),
            ("Министерство обороны сообщило о переброске тысячи военных", "windows-1251", "ru"),
        ] {
            let bytes = Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned();
            assert_eq!(decode(&bytes, None, Some("utf-8"), Some(tld)).text, text);
        }
    }

    #[test]
    fn encoded_twice_is_taken_back() {
        for text in ["Près de 2 000 soldats déployés à l’étranger, a annoncé l’état-major", "Генштаб: около 500 військових"]
        {
            let twice = WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned();
            assert_eq!(
                decode(twice.as_bytes(), None, None, None),
                Decoded { text: text.to_owned(), encoding: "UTF-8", twice: true }
            );
        }
        for sound in ["ÉLYSÉE» «À É» Ã© Â»", "Â« Ã‰ Ã¨ Ã© été à où ça déjà né"] {
            assert_eq!(decode(sound.as_bytes(), None, None, None).text, sound);
        }
    }

    #[test]
    fn no_top_level_domain_is_too_odd() {
        for tld in ["", "NL", "co.uk", "рф", "com:8080", "]"] {
            assert_eq!(decode(b"caf\xe9 cr\xe8me d\xe9j\xe0", None, None, Some(tld)).text, "café crème déjà", "{tld:?}");
        }
    }

    #[test]
    fn small_faults_stay_small() {
        assert_eq!(decode(b"don\xc2\x92t", None, None, None).text, "don’t");
        assert_eq!(decode("één zin met ü, ö en \u{eb}".as_bytes(), Some("utf-8"), None, None).text, "één zin met ü, ö en ë");
        let cut = [&b"reeks \xc3... "[..], "één twee drieën vierë vijfü".as_bytes()].concat();
        assert_eq!(decode(&cut, None, None, None).text, "reeks \u{fffd}... één twee drieën vierë vijfü");
        assert_eq!(decode(b"", None, None, None), Decoded { text: String::new(), encoding: "UTF-8", twice: false });
        assert_eq!(label("cp-1251").map(Encoding::name), Some("windows-1251"));
        assert_eq!(label("win1250").map(Encoding::name), Some("windows-1250"));
        assert_eq!(label("no such thing"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_text(bytes: Vec<u8>, charset: Option<String>, tld: Option<String>) {
            decode(&bytes, None, charset.as_deref(), tld.as_deref());
        }

        #[test]
        fn utf8_is_kept(text in "[ -~\u{a0}-\u{17f}\u{400}-\u{4ff}]{0,40}") {
            proptest::prop_assert_eq!(decode(text.as_bytes(), None, None, None).text, text);
        }
    }
}
