//! Claims on a map: GeoJSON (RFC 7946), a line from where they come to where they go, else points.

use super::Entry;
use crate::ledger::Known;
use crate::ledger::region::lies_in;
use crate::store::{self, Appearance, Store};
use crate::text::claim::Role;
use crate::text::gazetteer::coordinates::{Atlas, Point};
use serde::Serialize;
use serde_json::{Value, json};

/// How exactly a point is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Precision {
    /// A town or base that the text names.
    Place,
    /// The middle of a country.
    Country,
    /// The middle of a sea or region.
    Region,
}

/// A place of a claim with where it lies.
#[derive(Debug, Serialize)]
struct Spot {
    role: Role,
    code: String,
    /// As written, where the place is known by its name.
    name: Option<String>,
    precision: Precision,
    #[serde(skip)]
    point: Point,
}

/// One feature for each claim of which some place is known.
pub fn collection(store: &Store, entries: &[Entry]) -> store::Result<Value> {
    let mut atlas = Atlas::shipped();
    let mut features = Vec::new();
    for entry in entries {
        let told = store.line(entry.line.id)?.map(|(_, told)| told).unwrap_or_default();
        let spots = spots(&mut atlas, &entry.line, &told);
        if let Some(geometry) = geometry(&spots) {
            features.push(
                json!({"type": "Feature", "id": entry.line.id, "geometry": geometry, "properties": properties(entry, &spots)}),
            );
        }
    }
    Ok(json!({"type": "FeatureCollection", "features": features}))
}

fn properties(Entry { line, certainty }: &Entry, spots: &[Spot]) -> Value {
    json!({
        "force": line.force,
        "low": line.amount.low,
        "high": line.amount.high,
        "approx": line.amount.approximate,
        "action": line.action,
        "status": line.status,
        "disputed": line.disputed,
        "from": line.from,
        "to": line.to,
        "at": line.at,
        "speaker": line.speaker,
        "certainty": certainty,
        "reports": line.reports,
        "independent": line.outlets.len(),
        "first_seen": line.first_seen,
        "last_seen": line.last_seen,
        "places": spots,
    })
}

fn spots(atlas: &mut Atlas, line: &Known, told: &[Appearance]) -> Vec<Spot> {
    let lists = [(Role::From, &line.from), (Role::To, &line.to), (Role::At, &line.at)];
    lists
        .into_iter()
        .flat_map(|(role, codes)| codes.iter().map(move |code| (role, code)))
        .filter_map(|(role, code)| spot(atlas, role, code, told))
        .collect()
}

/// The town that the tellings name, else the middle of the country or region.
fn spot(atlas: &mut Atlas, role: Role, code: &str, told: &[Appearance]) -> Option<Spot> {
    let spot = |name: Option<&str>, precision, point| {
        Some(Spot { role, code: code.to_owned(), name: name.map(str::to_owned), precision, point })
    };
    for one in told {
        let Some(language) = one.language else { continue };
        for place in one.claim.places.iter().filter(|place| place.role == role && place.code == code) {
            if let Some(point) = atlas.of_place(&place.text, code, language) {
                return spot(Some(&place.text), Precision::Place, point);
            }
        }
    }
    let precision = if code.len() == 2 { Precision::Country } else { Precision::Region };
    spot(None, precision, atlas.of_code(code).or_else(|| middle(atlas, code))?)
}

/// The middle of the countries of a region.
fn middle(atlas: &Atlas, region: &str) -> Option<Point> {
    let points: Vec<Point> = atlas.countries().filter(|(code, _)| lies_in(code, region)).map(|(_, point)| point).collect();
    let mean = |i: usize| (points.iter().map(|point| point[i]).sum::<f64>() / points.len() as f64 * 10.0).round() / 10.0;
    (!points.is_empty()).then(|| [mean(0), mean(1)])
}

/// GeoJSON has the longitude first.
fn geometry(spots: &[Spot]) -> Option<Value> {
    let position = |spot: &Spot| json!([spot.point[1], spot.point[0]]);
    let (from, there): (Vec<&Spot>, Vec<&Spot>) = spots.iter().partition(|spot| spot.role == Role::From);
    let ways: Vec<Value> = from.iter().flat_map(|a| there.iter().map(move |b| json!([position(a), position(b)]))).collect();
    let points: Vec<Value> = spots.iter().map(position).collect();
    match (&ways[..], &points[..]) {
        ([], []) => None,
        ([], [point]) => Some(json!({"type": "Point", "coordinates": point})),
        ([], points) => Some(json!({"type": "MultiPoint", "coordinates": points})),
        ([way], _) => Some(json!({"type": "LineString", "coordinates": way})),
        (ways, _) => Some(json!({"type": "MultiLineString", "coordinates": ways})),
    }
}

#[cfg(test)]
mod tests {
    use super::{Atlas, Precision, Spot, geometry, middle};
    use crate::text::claim::Role;

    fn spot(role: Role, point: [f64; 2]) -> Spot {
        Spot { role, code: "XX".to_owned(), name: None, precision: Precision::Country, point }
    }

    #[test]
    fn a_way_is_a_line_and_a_place_a_point() {
        let (from, to, at) = (spot(Role::From, [1.0, 2.0]), spot(Role::To, [3.0, 4.0]), spot(Role::At, [5.0, 6.0]));
        assert_eq!(geometry(&[]), None);
        for (spots, written) in [
            (vec![at], r#"{"coordinates":[6.0,5.0],"type":"Point"}"#),
            (vec![from, to], r#"{"coordinates":[[2.0,1.0],[4.0,3.0]],"type":"LineString"}"#),
        ] {
            assert_eq!(geometry(&spots).unwrap().to_string(), written);
        }
    }

    #[test]
    fn a_region_lies_amid_its_countries() {
        let [lat, lon] = middle(&Atlas::shipped(), "baltics").unwrap();
        assert!((55.0..59.0).contains(&lat) && (23.0..27.0).contains(&lon), "{lat} {lon}");
        assert_eq!(middle(&Atlas::shipped(), "nowhere"), None);
    }
}
