//! Which countries a region or an alliance holds.
//!
//! Regions after the UN geoscheme (M49) and common usage in the news ("eastern Europe" is NATO's eastern flank with Belarus, Moldova and
//! Ukraine, without Russia); alliances after their own lists of members: <https://www.nato.int/nato-welcome> (32, 2024),
//! <https://european-union.europa.eu> (27), <https://odkb-csto.org>, <https://au.int/en/member_states>. Seas hold nothing.

/// Slug, and its members: ISO 3166-1 alpha-2 codes or other slugs.
const REGIONS: &[(&str, &str)] = &[
    ("nato", "AL BE BG CA CZ DE DK EE ES FI FR GB GR HR HU IS IT LT LU LV ME MK NL NO PL PT RO SE SI SK TR US"),
    ("eu", "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"),
    ("csto", "AM BY KG KZ RU TJ"),
    ("african-union", "africa"),
    ("europe", "eastern-europe western-europe northern-europe southern-europe balkans"),
    ("eastern-europe", "baltics BG BY CZ HU MD PL RO SK UA"),
    ("western-europe", "AT BE CH DE FR GB IE LI LU MC NL"),
    ("northern-europe", "baltics DK FI IS NO SE"),
    ("southern-europe", "AD CY ES GR IT MT PT SM VA"),
    ("central-europe", "AT CH CZ DE HU LI PL SI SK"),
    ("scandinavia", "DK NO SE"),
    ("arctic", "FI GL IS NO RU SE SJ"),
    ("baltics", "EE LV LT"),
    ("balkans", "AL BA BG GR HR ME MK RO RS SI XK"),
    ("caucasus", "AM AZ GE"),
    ("asia", "central-asia caucasus middle-east south-asia southeast-asia east-asia"),
    ("central-asia", "KG KZ TJ TM UZ"),
    ("south-asia", "AF BD BT IN LK MV NP PK"),
    ("southeast-asia", "BN ID KH LA MM MY PH SG TH TL VN"),
    ("east-asia", "CN HK JP KP KR MN MO TW"),
    ("middle-east", "persian-gulf EG IL JO LB PS SY TR YE"),
    ("persian-gulf", "AE BH IQ IR KW OM QA SA"),
    ("indo-pacific", "south-asia southeast-asia JP KP KR TW pacific"),
    ("pacific", "AU FJ FM GU KI MH NC NR NZ PF PG PW SB TO TV VU WS"),
    ("africa", "north-africa west-africa central-africa east-africa southern-africa sahel horn-of-africa"),
    ("north-africa", "DZ EG EH LY MA SD TN"),
    ("west-africa", "BF BJ CI CV GH GM GN GW LR ML MR NE NG SL SN TG"),
    ("central-africa", "AO CD CF CG CM GA GQ ST TD"),
    ("east-africa", "BI KE KM MG MU MW MZ RW SC SS TZ UG ZM ZW horn-of-africa"),
    ("southern-africa", "BW LS NA SZ ZA"),
    ("sahel", "BF ML MR NE TD"),
    ("horn-of-africa", "DJ ER ET SO"),
    ("north-america", "CA MX US"),
    ("central-america", "BZ CR GT HN NI PA SV"),
    ("south-america", "AR BO BR CL CO EC GY PE PY SR UY VE"),
    ("caribbean", "AG BB BS CU DM DO GD HT JM KN LC PR TT VC"),
    ("latin-america", "MX central-america south-america caribbean"),
    ("gaza", "PS"),
    ("west-bank", "PS"),
];

/// Alliances, and forces made of several states: any place that they go to is abroad.
const JOINT_FORCES: &[&str] = &["nato", "eu", "un", "csto", "african-union", "coalition"];

/// All that lies in `region`, itself first: codes and slugs.
pub fn within(region: &str) -> Vec<&str> {
    let held = REGIONS.iter().filter(|(slug, _)| *slug == region).flat_map(|(_, members)| members.split(' '));
    std::iter::once(region).chain(held.flat_map(within)).collect()
}

/// Does the place or force `code` lie in `region`? `PL` in `eastern-europe`, `EE` in `baltics`, any in itself; alliances hold their members.
pub fn lies_in(code: &str, region: &str) -> bool {
    code == region
        || REGIONS.iter().any(|(slug, members)| {
            *slug == region && members.split(' ').any(|member| member == code || is_slug(member) && lies_in(code, member))
        })
}

/// Does one of them lie in the other? `PL` and `eastern-europe`, either way.
pub fn meet(a: &str, b: &str) -> bool {
    lies_in(a, b) || lies_in(b, a)
}

/// Are these codes known as a region or alliance that holds others?
pub fn is_region(code: &str) -> bool {
    REGIONS.iter().any(|(slug, _)| *slug == code)
}

/// A force made of several states.
pub fn is_joint_force(code: &str) -> bool {
    JOINT_FORCES.contains(&code)
}

/// An ISO 3166-1 alpha-2 code, of a state that is or was.
pub fn is_state(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_slug(code: &str) -> bool {
    !is_state(code)
}

#[cfg(test)]
mod tests {
    use super::{REGIONS, is_region, is_slug, is_state, lies_in, meet};

    #[test]
    fn regions_nest() {
        for (code, region, lies) in [
            ("EE", "baltics", true),
            ("EE", "eastern-europe", true),
            ("EE", "europe", true),
            ("baltics", "europe", true),
            ("RU", "europe", false),
            ("europe", "EE", false),
            ("TR", "nato", true),
            ("UA", "nato", false),
            ("nato", "nato", true),
            ("black-sea", "black-sea", true),
            ("ML", "african-union", true),
        ] {
            assert_eq!(lies_in(code, region), lies, "{code} in {region}");
        }
        assert!(meet("PL", "eastern-europe") && meet("eastern-europe", "PL") && !meet("PL", "DE"));
    }

    #[test]
    fn the_table_is_sound() {
        for (slug, members) in REGIONS {
            assert!(is_slug(slug) && !is_state(slug));
            for member in members.split(' ') {
                assert!(is_state(member) || is_region(member), "{member} of {slug} is neither");
                assert!(!lies_in(slug, member), "{slug} and {member} hold each other");
            }
        }
    }
}
