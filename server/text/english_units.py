"""What English figures are counted in: currencies and measures, and when they describe a noun."""

import re
from typing import Final

CURRENCIES: Final = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("U S dollar", "U S dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
    "NZ$": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "₽": ("rouble", "roubles", "kopeck", "kopecks"),
    "₿": ("bitcoin", "bitcoins", "", ""),
    "USD": ("U S dollar", "U S dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "CNY": ("yuan", "yuan", "", ""),
    "RMB": ("yuan", "yuan", "", ""),
    "JPY": ("yen", "yen", "", ""),
    "CHF": ("Swiss franc", "Swiss francs", "rappen", "rappen"),
    "INR": ("rupee", "rupees", "paisa", "paise"),
    "KRW": ("won", "won", "", ""),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "HKD": ("Hong Kong dollar", "Hong Kong dollars", "cent", "cents"),
}
"""Sign or code: one, many, its hundredth, many of those; the last two empty where it has none."""

UNITS: Final = {
    unit: (one, many)
    for unit, one, many in (
        line.split("=")
        for line in """\
km=kilometer=kilometers
m=meter=meters
cm=centimeter=centimeters
mm=millimeter=millimeters
nm=nanometer=nanometers
µm=micrometer=micrometers
kg=kilogram=kilograms
g=gram=grams
mg=milligram=milligrams
µg=microgram=micrograms
t=ton=tons
lb=pound=pounds
lbs=pound=pounds
oz=ounce=ounces
ft=foot=feet
yd=yard=yards
mi=mile=miles
L=liter=liters
l=liter=liters
mL=milliliter=milliliters
ml=milliliter=milliliters
cl=centiliter=centiliters
gal=gallon=gallons
km/h=kilometer per hour=kilometers per hour
kph=kilometer per hour=kilometers per hour
kmh=kilometer per hour=kilometers per hour
mph=mile per hour=miles per hour
m/s=meter per second=meters per second
m/s²=meter per second squared=meters per second squared
ft/s=foot per second=feet per second
mpg=mile per gallon=miles per gallon
m²=square meter=square meters
m2=square meter=square meters
km²=square kilometer=square kilometers
km2=square kilometer=square kilometers
cm²=square centimeter=square centimeters
ft²=square foot=square feet
sq ft=square foot=square feet
sq. ft.=square foot=square feet
ha=hectare=hectares
m³=cubic meter=cubic meters
m3=cubic meter=cubic meters
cm³=cubic centimeter=cubic centimeters
cc=cubic centimeter=cubic centimeters
KB=kilobyte=kilobytes
kB=kilobyte=kilobytes
MB=megabyte=megabytes
GB=gigabyte=gigabytes
TB=terabyte=terabytes
PB=petabyte=petabytes
KiB=kibibyte=kibibytes
MiB=mebibyte=mebibytes
GiB=gibibyte=gibibytes
kbps=kilobit per second=kilobits per second
Mbps=megabit per second=megabits per second
Gbps=gigabit per second=gigabits per second
MB/s=megabyte per second=megabytes per second
GB/s=gigabyte per second=gigabytes per second
Hz=hertz=hertz
kHz=kilohertz=kilohertz
MHz=megahertz=megahertz
GHz=gigahertz=gigahertz
dB=decibel=decibels
W=watt=watts
kW=kilowatt=kilowatts
MW=megawatt=megawatts
GW=gigawatt=gigawatts
kWh=kilowatt hour=kilowatt hours
mAh=milliamp hour=milliamp hours
V=volt=volts
kV=kilovolt=kilovolts
mV=millivolt=millivolts
A=amp=amps
mA=milliamp=milliamps
Ω=ohm=ohms
kΩ=kilohm=kilohms
J=joule=joules
kJ=kilojoule=kilojoules
cal=calorie=calories
kcal=kilocalorie=kilocalories
N=newton=newtons
Pa=pascal=pascals
hPa=hectopascal=hectopascals
kPa=kilopascal=kilopascals
psi=P S I=P S I
hp=horsepower=horsepower
rpm=R P M=R P M
fps=frame per second=frames per second
px=pixel=pixels
dpi=D P I=D P I
MP=megapixel=megapixels
h=hour=hours
hr=hour=hours
hrs=hour=hours
min=minute=minutes
mins=minute=minutes
s=second=seconds
sec=second=seconds
secs=second=seconds
ms=millisecond=milliseconds
µs=microsecond=microseconds
ns=nanosecond=nanoseconds
°C=degree Celsius=degrees Celsius
℃=degree Celsius=degrees Celsius
°F=degree Fahrenheit=degrees Fahrenheit
℉=degree Fahrenheit=degrees Fahrenheit
°=degree=degrees
K=kelvin=kelvin
lx=lux=lux
lm=lumen=lumens
""".splitlines()
    )
}
"""As written: one, many."""

_AFTER_A_MEASURE: Final = """
is was are were will would can could may might and or but to of in on at for from with by as than that which who
if when while because so then he she it they we you i more less each per every now today yesterday only tomorrow
just about over under has have had does did do not up down off away left right ago later apart here there
remained until since before after out into onto wide tall long high deep thick old large heavy fast this these
those his her its my your our their a an the again instead yet also already still twice once daily weekly
monthly yearly
"""
_OF_A_NOUN: Final = r"(?:a|an|the|this|that|each|every|another|any|his|her|its|my|your|our|their|one|per|single)"
_NO_NOUN: Final = frozenset(_AFTER_A_MEASURE.split())


def describes_a_noun(match: re.Match[str]) -> bool:
    """Whether a measure stands before what it measures: a 10 km run, the £2m deal; but not: the 5 km are long."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    follows = re.match(r"[ -]([a-z]+)", after)
    leads = re.search(rf"\b{_OF_A_NOUN}\s(?:\w+\s)?$", before, re.IGNORECASE)
    return bool(leads and follows and follows[1] not in _NO_NOUN and not follows[1].endswith("ly"))
