//! The brand of a site: name, logo and colour, checked when the site is built.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The name of a site on its pages, with a logo and a colour.
#[derive(Clone, Debug)]
pub struct Brand {
    name: String,
    logo: Option<Vec<u8>>,
    colour: Option<String>,
}

impl Brand {
    /// Bytes of a logo: it travels with each page.
    pub const LOGO: usize = 64 * 1024;
    /// Characters of a name.
    pub const NAME: usize = 80;

    /// A brand of this name, at most [`Brand::NAME`] characters.
    pub fn new(name: impl Into<String>) -> Brand {
        Brand {
            name: name.into(),
            logo: None,
            colour: None,
        }
    }

    /// A logo: the bytes of a PNG or an SVG, at most [`Brand::LOGO`]. It stands beside the name as an image, in which no
    /// script runs.
    pub fn logo(mut self, bytes: impl Into<Vec<u8>>) -> Brand {
        self.logo = Some(bytes.into());
        self
    }

    /// The colour of buttons, such as `#0a5` or `#00aa55`. Text on it is black or white, whichever can be read better.
    pub fn colour(mut self, hex: impl Into<String>) -> Brand {
        self.colour = Some(hex.into());
        self
    }

    pub(crate) fn checked(&self) -> Result<CheckedBrand, BrandError> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > Brand::NAME || name.contains(char::is_control)
        {
            return Err(BrandError::Name);
        }
        Ok(CheckedBrand {
            name: name.to_owned(),
            logo: self.logo.as_deref().map(data_url).transpose()?,
            style: self
                .colour
                .as_deref()
                .map(style)
                .transpose()?
                .unwrap_or_default(),
        })
    }
}

/// A brand that holds.
pub(crate) struct CheckedBrand {
    pub(super) name: String,
    /// The logo as an address.
    pub(super) logo: Option<String>,
    pub(super) style: String,
}

/// The reason why a brand cannot be shown.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrandError {
    /// The name has no characters, or too many, or one that nobody sees.
    #[error(
        "expected a brand's name of 1 to {} characters on one line",
        Brand::NAME
    )]
    Name,
    /// The logo has too many bytes.
    #[error("expected a logo of at most {} bytes, found {found}", Brand::LOGO)]
    LogoSize {
        /// The bytes that it has.
        found: usize,
    },
    /// The logo is neither a PNG nor an SVG.
    #[error("expected a logo that is a PNG or an SVG")]
    LogoFormat,
    /// The colour is no hexadecimal number.
    #[error("expected a colour such as #0a5 or #00aa55, found {0:?}")]
    Colour(String),
}
debug_as_sentence!(BrandError);

fn data_url(logo: &[u8]) -> Result<String, BrandError> {
    if logo.len() > Brand::LOGO {
        return Err(BrandError::LogoSize { found: logo.len() });
    }
    let kind = match std::str::from_utf8(logo) {
        _ if logo.starts_with(b"\x89PNG\r\n\x1a\n") => "png",
        Ok(text)
            if text
                .trim_start_matches(['\u{feff}', ' ', '\r', '\n'])
                .starts_with('<')
                && text.contains("<svg") =>
        {
            "svg+xml"
        }
        _ => return Err(BrandError::LogoFormat),
    };
    Ok(format!(
        "data:image/{kind};base64,{}",
        STANDARD.encode(logo)
    ))
}

/// The style of buttons in this colour.
fn style(hex: &str) -> Result<String, BrandError> {
    let rgb = channels(hex).ok_or_else(|| BrandError::Colour(hex.to_owned()))?;
    let ink = if luminance(rgb) > EVEN {
        "#000"
    } else {
        "#fff"
    };
    let [red, green, blue] = rgb;
    Ok(format!(
        ".site button {{ border-color: var(--line); background: #{red:02x}{green:02x}{blue:02x}; color: {ink}; }}\n"
    ))
}

fn channels(hex: &str) -> Option<[u8; 3]> {
    let digits = hex.strip_prefix('#')?.chars();
    let digits: Option<Vec<u32>> = digits.map(|digit| digit.to_digit(16)).collect();
    let channel = |high: u32, low: u32| u8::try_from(high * 16 + low).ok();
    match digits?[..] {
        [r, g, b] => Some([channel(r, r)?, channel(g, g)?, channel(b, b)?]),
        [r, s, g, h, b, c] => Some([channel(r, s)?, channel(g, h)?, channel(b, c)?]),
        _ => None,
    }
}

/// The relative luminance of a colour (WCAG 2.2).
fn luminance(rgb: [u8; 3]) -> f32 {
    let linear = |channel: u8| match f32::from(channel) / 255.0 {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    let [red, green, blue] = rgb.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The luminance against which black and white have the same contrast: the root of 1.05 * 0.05, less 0.05.
const EVEN: f32 = 0.179_13;

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(brand: Brand) -> Result<CheckedBrand, BrandError> {
        brand.checked()
    }

    #[test]
    fn text_on_a_colour_is_the_one_that_can_be_read() {
        for (hex, written, ink) in [
            ("#0a5", "#00aa55", "#000"),
            ("#0b5cad", "#0b5cad", "#fff"),
            ("#FFEE00", "#ffee00", "#000"),
            ("#fff", "#ffffff", "#000"),
            ("#000000", "#000000", "#fff"),
            ("#777", "#777777", "#000"),
            ("#700", "#770000", "#fff"),
        ] {
            let style = checked(Brand::new("Acme").colour(hex)).unwrap().style;
            let expected = format!("background: {written}; color: {ink};");
            assert!(style.contains(&expected), "{style}");
        }
        for hex in [
            "",
            "#",
            "#12",
            "#12345",
            "red",
            "0a5",
            "#0a5;}",
            "#ggg",
            "#００５",
        ] {
            let refused = checked(Brand::new("Acme").colour(hex)).err();
            assert_eq!(refused, Some(BrandError::Colour(hex.to_owned())));
        }
    }

    #[test]
    fn a_logo_is_a_small_png_or_an_svg_and_an_address_of_base64() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
        for (bytes, start) in [
            (&b"\x89PNG\r\n\x1a\n\0"[..], "data:image/png;base64,"),
            (&svg[..], "data:image/svg+xml;base64,"),
            (
                b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<svg/>",
                "data:image/svg+xml;base64,",
            ),
        ] {
            let logo = checked(Brand::new("Acme").logo(bytes))
                .unwrap()
                .logo
                .unwrap();
            let encoded = logo.strip_prefix(start).unwrap();
            assert_eq!(STANDARD.decode(encoded).unwrap(), bytes);
        }
        for bytes in [
            &b""[..],
            b"GIF89a",
            b"\xff\xd8\xff",
            b"<html></html>",
            b"x<svg/>",
        ] {
            let refused = checked(Brand::new("Acme").logo(bytes)).err();
            assert_eq!(refused, Some(BrandError::LogoFormat), "{bytes:?}");
        }
        let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
        large.resize(Brand::LOGO, 0);
        assert!(checked(Brand::new("Acme").logo(large.clone())).is_ok());
        large.push(0);
        let refused = checked(Brand::new("Acme").logo(large)).err();
        let found = Brand::LOGO + 1;
        assert_eq!(refused, Some(BrandError::LogoSize { found }));
    }

    #[test]
    fn a_name_is_a_line_that_can_be_seen() {
        let long = "a".repeat(Brand::NAME + 1);
        for name in ["", " ", "a\nb", "a\u{7}", &long] {
            assert_eq!(
                checked(Brand::new(name)).err(),
                Some(BrandError::Name),
                "{name:?}"
            );
        }
        assert_eq!(
            checked(Brand::new(" Acme & <Söhne> ")).unwrap().name,
            "Acme & <Söhne>"
        );
    }
}
