//! What a claim says beside number, force, action, status and places: who says so, since when, of what formation.

use orbat::text::Annotator;
use orbat::text::claim::Claim;
use orbat::text::fold::Tokens;
use orbat::text::language::Language;

/// The further fields that are filled, as `field=value`, in the order of the struct.
fn shown(claim: &Claim) -> String {
    let mut parts = Vec::new();
    parts.extend(claim.speaker.as_ref().map(|s| format!("source={s}")));
    parts.push(format!("context={}", claim.context));
    parts.extend(claim.measure.map(|m| format!("measure={m}")));
    parts.extend(claim.period.as_ref().map(|p| format!("period={p}")));
    parts.extend(claim.when.as_ref().map(|w| format!("when={w}")));
    parts.extend(claim.unit.as_ref().map(|u| format!("unit={u}")));
    parts.extend(claim.hedged.then(|| "hedged".to_owned()));
    parts.extend(claim.places.iter().map(|p| format!("{} {}", p.relation, p.text)));
    parts.join("; ")
}

#[test]
fn further_fields_are_filled_where_the_text_says_so() {
    let annotator = Annotator::without_names();
    for (language, text, expected) in [
        (
            "nl",
            "Volgens het Pentagon verloor Rusland het afgelopen etmaal in totaal 1.200 soldaten bij Charkiv.",
            "source=Pentagon; context=current; measure=total; period=het afgelopen etmaal; near Charkiv",
        ),
        ("nl", "Achthonderd militairen helpen bij de overstroming in Limburg.", "context=relief; in Limburg"),
        (
            "en",
            "The Pentagon reportedly sent another 300 paratroopers of the 82nd Airborne to Poland this week.",
            "context=current; measure=change; when=this week; unit=82nd Airborne; hedged; in Poland",
        ),
        ("en", "Some 5,000 soldiers fell in the Battle of Arnhem in 1944.", "context=history; in Arnhem"),
        ("en", "3,000 Ukrainian troops stood near the Belarusian border.", "context=current; border Belarusian border"),
        (
            "en",
            "About 600 soldiers will replace the current rotation in Lithuania, of whom 50 are medics.",
            "context=rotation; in Lithuania / context=rotation; measure=part; in Lithuania",
        ),
        (
            "de",
            "In den vergangenen 24 Stunden verlor Russland nach Angaben der Regierung 900 Soldaten.",
            "source=Regierung; context=current; period=In den vergangenen 24 Stunden",
        ),
        ("de", "400 Soldaten der 93. Brigade kamen nach Litauen.", "context=current; unit=93. Brigade; in Litauen"),
        (
            "fr",
            "Selon l'état-major, 300 soldats supplémentaires arriveront la semaine prochaine près de la frontière ukrainienne.",
            "source=état-major; context=current; measure=change; when=la semaine prochaine; border ukrainienne",
        ),
        (
            "es",
            "Según el Ministerio de Defensa, otros 200 militares llegarán a Letonia la próxima semana.",
            "source=Ministerio de Defensa; context=current; measure=change; when=la próxima semana; in Letonia",
        ),
        (
            "it",
            "Secondo il ministero della Difesa, altri 200 soldati arriveranno in Lettonia la prossima settimana.",
            "source=ministero della Difesa; context=current; measure=change; when=la prossima settimana; in Lettonia",
        ),
        (
            "pt",
            "Segundo o Ministério da Defesa, mais 200 militares chegarão à Letónia na próxima semana.",
            "source=Ministério da Defesa; context=current; measure=change; when=na próxima semana; in Letónia",
        ),
        (
            "pl",
            "Według Pentagonu 300 żołnierzy przybędzie do Polski w przyszłym tygodniu.",
            "source=Pentagonu; context=current; when=w przyszłym tygodniu; in Polski",
        ),
        (
            "uk",
            "За даними Генштабу, за минулу добу росіяни втратили 1100 військових під Покровськом.",
            "source=Генштабу; context=current; period=за минулу добу; near Покровськом",
        ),
        (
            "ru",
            "По данным Пентагона, в общей сложности 300 военных прибудут в Польшу на следующей неделе.",
            "source=Пентагона; context=current; measure=total; when=на следующей неделе; in Польшу",
        ),
    ] {
        let found = annotator.annotate(&Tokens::of(text), 0, Language::parse(language)).claims;
        let found: Vec<String> = found.iter().map(shown).collect();
        assert_eq!(found.join(" / "), expected, "help: src/text/lexicon/{language}.toml: {text}");
    }
}
