//! The codes by which rules name places and forces: ISO 3166-1 alpha-2 for states, slugs for regions and groups.

use super::read::{Wrong, listed, nearest};

/// ISO 3166-1 alpha-2, with XK (Kosovo, user-assigned) and the historic states SU, DD, YU and CS.
const STATES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CS CU CV CW CX CY CZ DD DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR \
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ \
    NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SU SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ \
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT YU ZA ZM ZW";

/// Sea areas and regions, beside states.
const REGIONS: &str = "europe eastern-europe western-europe northern-europe southern-europe central-europe scandinavia baltics balkans caucasus \
    asia central-asia south-asia southeast-asia east-asia middle-east persian-gulf indo-pacific pacific \
    africa north-africa west-africa central-africa east-africa southern-africa sahel horn-of-africa \
    north-america central-america south-america latin-america caribbean gaza west-bank \
    arctic arabian-sea baltic-sea black-sea mediterranean north-sea red-sea south-china-sea";

/// Alliances: a place that holds its members, and a force.
const ALLIANCES: &str = "nato eu un csto african-union";

/// Forces that are no state.
const FORCES: &str = "coalition rebels militants separatists paramilitaries mercenaries pro-government wagner taliban is al-qaeda \
    al-shabaab boko-haram hamas hezbollah houthis islamic-jihad pkk ypg free-syrian-army libyan-national-army m23 adf farc eln \
    shining-path eta ira abu-sayyaf islamic-courts-union transnistria";

/// What people write and ISO 3166-1 does not.
const OFTEN: [(&str, &str); 5] = [("UK", "GB"), ("EN", "GB"), ("EL", "GR"), ("EU", "eu"), ("UN", "un")];

const HOW: &str = "countries are two capital letters (PL), regions and alliances words in lower case (baltics, nato)";

/// A country, region or alliance.
pub(super) fn place(code: &str) -> Result<String, Wrong> {
    if words(STATES).chain(words(REGIONS)).chain(words(ALLIANCES)).any(|known| known == code) {
        return Ok(code.to_owned());
    }
    Err(unknown(code, "place", &[REGIONS, ALLIANCES]))
}

/// A state, alliance or group. A group that is not listed is its English name in lower case with hyphens.
pub(super) fn force(code: &str) -> Result<String, Wrong> {
    let slug = code.len() > 2 && code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let region = words(REGIONS).any(|r| r == code);
    if !region && slug || words(STATES).chain(words(ALLIANCES)).chain(words(FORCES)).any(|known| known == code) {
        return Ok(code.to_owned());
    }
    Err(unknown(code, "force", &[ALLIANCES, FORCES]))
}

fn unknown(code: &str, what: &str, slugs: &[&'static str]) -> Wrong {
    let message = format!("`{code}` is no {what} that orbat knows");
    let upper = code.to_uppercase();
    if let Some((_, right)) = OFTEN.iter().find(|(often, _)| *often == upper) {
        return Wrong::new(message, format!("did you mean `{right}`?"));
    }
    if words(STATES).any(|state| state == upper) {
        return Wrong::new(message, format!("did you mean `{upper}`?"));
    }
    let known = || slugs.iter().flat_map(|list| words(list));
    let hint = if code.len() > 2 { nearest(code, known()) } else { None };
    Wrong::new(message, hint.unwrap_or_else(|| format!("{HOW}: {}", listed(known()))))
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::{force, place};

    #[test]
    fn codes_are_known_or_hinted_at() {
        for code in ["PL", "XK", "SU", "baltics", "nato", "black-sea"] {
            assert!(place(code).is_ok(), "{code}");
        }
        for code in ["US", "nato", "is", "wagner", "army-of-nobody"] {
            assert!(force(code).is_ok(), "{code}");
        }
        for (code, hint) in [("pl", "did you mean `PL`?"), ("UK", "did you mean `GB`?"), ("baltic", "did you mean `baltics`?")] {
            assert_eq!(place(code).err().and_then(|w| w.hint).as_deref(), Some(hint), "{code}");
        }
        for code in ["ZZ", "Poland", "", "pl "] {
            assert!(place(code).is_err(), "{code}");
        }
        for code in ["us", "Wagner Group", "baltics"] {
            assert!(force(code).is_err(), "{code}");
        }
    }
}
