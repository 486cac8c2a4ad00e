import { group, type Rule, rule } from "./rule.ts";
import { endsSentence, initials, nameBefore, nameFollows, oneOf, parseTable } from "./text.ts";

/** Always written with a dot and always one reading. */
const titles = parseTable(`
  Mr=Mister; Mrs=Missus; Ms=Miz; Prof=Professor; Rev=Reverend; Hon=Honorable; Gov=Governor; Sen=Senator;
  Rep=Representative; Gen=General; Col=Colonel; Capt=Captain; Cpt=Captain; Lt=Lieutenant; Sgt=Sergeant;
  Cmdr=Commander; Maj=Major; Pres=President; Messrs=Messrs; Fr=Father; Adm=Admiral; Supt=Superintendent;
  Mt=Mount; Ft=Fort; Pvt=Private; Cpl=Corporal
`);
/** Read in full wherever they stand; some may end a sentence, so their dot may stay. */
const words = parseTable(`
  e.g.=for example; i.e.=that is; e. g.=for example; i. e.=that is; etc.=et cetera; &c.=et cetera;
  vs.=versus; approx.=approximately; et al.=et al; cf.=compare; ca.=circa; viz.=namely;
  Inc.=Incorporated; Corp.=Corporation; Co.=Company; Ltd.=Limited; Bros.=Brothers; Dept.=Department;
  dept.=department; Univ.=University; Assn.=Association; Assoc.=Association; est.=established;
  max.=maximum; min.=minimum; avg.=average; Jr.=Junior; Sr.=Senior; Esq.=Esquire; ext.=extension;
  Ext.=extension; tel.=telephone; Tel.=telephone; misc.=miscellaneous; incl.=including; excl.=excluding;
  temp.=temperature; dept=department; govt.=government; Govt.=Government; Intl.=International;
  intl.=international; Natl.=National; ref.=reference; vol.=volume; a.k.a.=also known as;
  aka=also known as; w/o=without; b/c=because; c/o=care of; n/a=not applicable;
  N/A=not applicable; R.I.P.=RIP; Ph.D.=PhD; Ph.D=PhD; M.Sc.=MSc; B.Sc.=BSc; appt.=appointment;
  Mgr.=Manager; mgr.=manager; asst.=assistant; Asst.=Assistant; hosp.=hospital; orig.=original;
  resp.=respectively; pop.=population; dist.=district; Mfg.=Manufacturing; ed.=edition; eds.=editors;
  vs=versus; approx=approximately; etc=et cetera; hr.=hour; hrs.=hours; yr.=year; yrs.=years; wk.=week;
  mo.=month; mos.=months; lb.=pound; lbs.=pounds; lbs=pounds; oz.=ounces
`);
/** Read so only when a number or numeral follows. */
const beforeNumber = parseTable(`
  No.=number; no.=number; Nos.=numbers; nos.=numbers; №=number; Fig.=figure; fig.=figure; Figs.=figures;
  figs.=figures; p.=page; pp.=pages; pg.=page; pgs.=pages; Pg.=page; P.=page; vol.=volume; Vol.=volume;
  Vols.=volumes; ch.=chapter; Ch.=chapter; Chap.=chapter; chap.=chapter; sec.=section; Sec.=section;
  Eq.=equation; eq.=equation; Ver.=version; ver.=version; Art.=article; art.=article; Apt.=apartment;
  apt.=apartment; Apt=apartment; Ste.=suite; Rm.=room; rm.=room; Bldg.=building; Hwy.=Highway;
  Hwy=Highway; Rte.=Route; c.=circa; §=section; §§=sections; ex.=example; Ex.=example; ln.=line;
  Op.=opus; op.=opus; Ext=extension; ext=extension; ph.=phone
`);
/** Dotted words that are as often plain words at the end of a sentence. */
const alsoWords = new Set([
  "est.",
  "ed.",
  "ref.",
  "dist.",
  "pop.",
  "temp.",
  "min.",
  "max.",
  "mo.",
  "wk.",
  "resp.",
]);
/** Those that the units read when a number stands before them. */
const unitLike = new Set([
  "min.",
  "mo.",
  "mos.",
  "wk.",
  "hr.",
  "hrs.",
  "yr.",
  "yrs.",
  "lb.",
  "lbs.",
  "lbs",
  "oz.",
]);
/** Keys that no sentence ends with although they stand among dotted ones. */
const mixed = new Set(["aka", "dept", "vs", "approx", "etc", "lbs", "w/", "№", "§", "§§"]);

/** Abbreviations of words, titles and organisations, dotted initials. */
export const abbreviationRules: readonly Rule[] = [
  rule(
    "before a number",
    new RegExp(
      String.raw`(?<![\p{L}\d.])(${oneOf(Object.keys(beforeNumber))})\s{0,2}(?=#?\d|[IVXLC]{1,6}\b)`,
      "gu",
    ),
    (m) => `${beforeNumber[group(m, 1)] ?? ""} `,
  ),
  rule(
    "degree of a person",
    /(?<![\p{L}.])(?:M|D|B|LL)\.\s?(?:D|A|S|B|Phil|B\.A)\.(?!\p{L})/gu,
    (m, { after }) => initials(group(m, 0)) + (endsSentence(after) ? "." : ""),
  ),
  rule(
    "title",
    new RegExp(
      String.raw`(?<![\p{L}\d.])(${oneOf(Object.keys(titles))})\.(?=[\s-]{1,3}(?:["“']?\p{Lu}|and\s\p{Lu}|&\s))`,
      "gu",
    ),
    (m) => titles[group(m, 1)] ?? "",
  ),
  rule(
    "title without dot",
    /(?<![\p{L}\d.])(Mrs?|Ms|Prof)\s(?=\p{Lu}\p{Ll})/gu,
    (m) => `${titles[group(m, 1)] ?? ""} `,
  ),
  rule(
    "word",
    new RegExp(String.raw`(?<![\p{L}\d./@-])(${oneOf(Object.keys(words))})(?![\p{L}\d@])`, "gu"),
    (m, { before, after }) => {
      const written = group(m, 1);
      if (!written.endsWith(".") || mixed.has(written)) return words[written] ?? "";
      if (unitLike.has(written) && /\d\s?$/.test(before)) return null;
      if (alsoWords.has(written) && endsSentence(after, true)) return null;
      const closes =
        endsSentence(after, /^(?:etc|&c)/.test(written)) &&
        !/^(?:e\. ?g|i\. ?e|vs|approx|cf|ca|viz|incl|excl)/.test(written);
      return `${words[written] ?? ""}${closes ? "." : ""}`;
    },
  ),
  rule("initials of a name", /(?<![\p{L}\d.])((?:\p{Lu}\.\s?){2,5})(?=\p{Lu}\p{Ll})/gu, (m, { after }) =>
    /\s$/.test(group(m, 1)) && nameFollows(` ${after}`) && !/^U\.\s?S/.test(group(m, 1))
      ? `${group(m, 1).replace(/\W/g, "").split("").join(" ")} `
      : null,
  ),
  rule(
    "initials",
    /(?<![\p{L}\d.])((?:\p{L}\.){2,7})(?![\p{L}\d])/gu,
    (m, { after }) => initials(group(m, 1)) + (endsSentence(after) ? "." : ""),
  ),
  rule("initials with a last letter bare", /(?<![\p{L}\d.])((?:\p{Lu}\.){1,6}\p{Lu})(?![\p{L}\d.])/gu, (m) =>
    initials(group(m, 1)),
  ),
  rule("doctor or drive", /(?<![\p{L}\d.])Dr\.?(?=[\s,;:?!)]|$)/gmu, (m, { before, after }) => {
    const addressed =
      /\d{1,6}\s(?:[NSEW]\.?\s|North\s|South\s|East\s|West\s)?(?:\p{Lu}[\p{L}'’]{1,20}\s){1,3}$/u.test(
        before,
      );
    const drive = nameBefore(before) !== "" && (addressed || !nameFollows(after));
    if (!drive) return m[0]?.endsWith(".") === true || nameFollows(after) ? "Doctor" : null;
    return `Drive${group(m, 0).endsWith(".") && endsSentence(after) ? "." : ""}`;
  }),
  rule("initial of a name", /(?<![\p{L}\d.])(\p{Lu})\.(?=\s\p{Lu}\p{Ll}{1,24})/gu, (m, { before, after }) =>
    nameFollows(after) &&
    (nameBefore(before) !== "" || /(?:^|[.!?:,;]\s|\b[a-z]{1,12}\s)$/.test(before)) &&
    !/\b(?:Plan|Vitamin|Option|Type|Class|Group|Grade|Team|Section)\s$/.test(before)
      ? group(m, 1)
      : null,
  ),
];
