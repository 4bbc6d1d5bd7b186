"""Names and abbreviations that customers write in small letters: no slips, however near to a word they are.

What the demo shop sells is not here: a project's own names are its lookup tables and synonyms. Words that are slips of
common ones more often than names ("dear Rene", "Tine") are left out.
"""

from __future__ import annotations

# Money, tax, codes, materials, sizes, carriers.
_SHORT = """
    sepa iban bic otp cvv cvc sms mms faq faqs vat tva btw nif eori pdf url apk ios usb led lcd
    pfas pfc pfcs bpa uv rfid gps ptfe xs xl xxl xxxl rma rmas sku skus eta asap fyi btw imo lol omg brb idk
    wtf tbh smh afaik qr wifi ml kg cm mm km hm hmm puh uff nl uk eu po
    iphone ipad macbook android dhl dpd gls ups usps fedex postnl bpost inpost evri hermes colissimo correos dachser
    klarna ideal bancontact sofort giropay paypal visa amex maestro revolut wise twint blik applepay googlepay swish
    hola hej ciao salut moin servus ahoj
"""
# Others' goods that people ask to compare, and where they write from.
_BRANDS = """
    msr jetboil primus osprey deuter vaude fjallraven salewa lowa meindl hanwag patagonia garmin petzl nalgene trangia
    thermarest hilleberg campingaz coleman goretex cordura dyneema vibram primaloft nikwax grangers permethrin
    decathlon quechua mammut haglofs arcteryx exped robens nordisk jetboils katadyn sawyer suunto
    gmail gmx hotmail outlook yahoo icloud proton whatsapp telegram instagram facebook tiktok ebay amazon trustpilot
"""
_PLACES = """
    malta crete corfu sicily sardinia madeira azores mallorca majorca ibiza tenerife canaries gotland bornholm texel
    cyprus iceland norway switzerland zurich geneva bern oslo bergen london cork galway ghent gent bruges
    liege namur lodz gdansk krakow brno graz linz ulm trier bonn kiel riga vilnius tallinn porto cadiz lyon lille
    nantes split zadar sofia varna cluj malmo lund aarhus odense espoo turku utrecht delft breda
"""
_PEOPLE = """
    maren tobias ilse jonas priya wouter siobhan niamh saoirse aoife oisin ciara eoin sinead anna anne ben chen dana
    lena lara nora nele anke heike silke elke antje birgit jens sven lars nils finn jan joost
    sanne femke lotte jeroen pieter marek pawel piotr ania kasia zofia jana petra milan ivan goran luka
    marta joao tiago nuno pilar lucia diego javier carlos giulia chiara luca marco matteo paolo aino
    mika olli pekka astrid freja liv mette soren bjorn ravi arjun anil sunil neha pooja amir omar layla fatima yusuf
    mehmet ayse yuki kenji sean liam gwen kate
"""
PROPER = frozenset(f"{_SHORT} {_BRANDS} {_PLACES} {_PEOPLE}".split())
