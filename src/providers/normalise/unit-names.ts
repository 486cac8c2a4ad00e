import { parseTable } from "./text.ts";

/** Unit as it is written → its singular. */
export const units = parseTable(`
  km=kilometer; m=meter; cm=centimeter; mm=millimeter; nm=nanometer; µm=micrometer; μm=micrometer;
  mi=mile; mile=mile; miles=mile; ft=foot; ft.=foot; yd=yard; yd.=yard; yds.=yard; in.=inch; kg=kilogram;
  kgs=kilogram; g=gram; mg=milligram; µg=microgram; mcg=microgram; lb=pound; lbs=pound; lb.=pound;
  lbs.=pound; oz=ounce; oz.=ounce; L=liter; l=liter; ml=milliliter; mL=milliliter; gal=gallon;
  gal.=gallon; qt=quart; pt=pint; tbsp=tablespoon; tbsp.=tablespoon; tsp=teaspoon; tsp.=teaspoon; h=hour;
  hr=hour; hrs=hour; hr.=hour; hrs.=hour; min=minute; mins=minute; min.=minute; mins.=minute; s=second;
  sec=second; secs=second; sec.=second; secs.=second; ms=millisecond; µs=microsecond; μs=microsecond;
  ns=nanosecond; yr=year; yrs=year; yr.=year; yrs.=year; wk=week; wks=week; mos=month; mos.=month;
  B=byte; kB=kilobyte; KB=kilobyte; MB=megabyte; GB=gigabyte; TB=terabyte; PB=petabyte; KiB=kibibyte;
  MiB=mebibyte; GiB=gibibyte; kbps=kilobit per second; kbit=kilobit; Kbps=kilobit per second;
  Mbps=megabit per second; Gbps=gigabit per second; Mbit/s=megabit per second; Hz=hertz; kHz=kilohertz;
  MHz=megahertz; GHz=gigahertz; W=watt; kW=kilowatt; MW=megawatt; GW=gigawatt; kWh=kilowatt hour;
  Wh=watt hour; mAh=milliamp hour; V=volt; mV=millivolt; kV=kilovolt; A=amp; mA=milliamp; J=joule;
  kJ=kilojoule; cal=calorie; kcal=kilocalorie; Pa=pascal; kPa=kilopascal; hPa=hectopascal;
  psi=pound per square inch; mph=mile per hour; kph=kilometer per hour; mpg=mile per gallon;
  rpm=revolution per minute; fps=frame per second; bpm=beat per minute; dpi=dot per inch; dB=decibel;
  px=pixel; MP=megapixel; N=newton; Ω=ohm; kΩ=kilohm; lm=lumen; ha=hectare; sq ft=square foot;
  sq. ft.=square foot; sqft=square foot; sq mi=square mile; sq m=square meter
`);
/** Unit after a stroke → its name. */
export const perUnits = parseTable(`
  h=hour; hr=hour; s=second; sec=second; min=minute; m=minute; day=day; d=day; kg=kilogram; l=liter;
  L=liter; km=kilometer; ml=milliliter; mL=milliliter; dL=deciliter; week=week; yr=year; year=year
`);
const irregular = parseTable(`
  foot=feet; inch=inches; hertz=hertz; kilohertz=kilohertz; megahertz=megahertz; gigahertz=gigahertz;
  square foot=square feet
`);

/** "mile per hour" → "miles per hour". */
export function plural(unit: string): string {
  const [head = "", ...tail] = unit.split(" per ");
  return [irregular[head] ?? `${head}s`, ...tail].join(" per ");
}
