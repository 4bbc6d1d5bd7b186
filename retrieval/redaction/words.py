"""Words that tell names from other words: small lists, checked by hand.

The long lists of first and last names come from a library; here stands what it cannot know.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names that are words too: taken for a name only beside another name or after a word that announces one.
COMMON = _words(
    """
    ab ace add ah aida alba ale alma alpha amber an ange angel angels april arch archer are arena art ash atlas
    august aura aurora author autumn ava axel ayer aztec babe baby bail baker bank banks bar barn baron barton bat
    bay beach beat beau beck bee bell belt bent best beta beyond bid bike bil bill birch bird bishop black blaze
    bless blessing bliss block blom blond bloom blossom blue blush bolt bond book boss bow box boy brain branch
    brand brave breeze brick bridge bright brisk broad brook brown browser buck buddy budget bull bunny burns bush
    business butcher butler button cable cadence calm cam camp can canal candle candy cap captain car card care
    caring carpenter carry carter carver case cash castle catch cave cedar chain champ chance change chapel charge
    charity charm chase check cherry chi chip choice christmas church city clay clean clear clement clever cliff
    close cloud clover coast cobra cold cole collie color colour comfort con conn constant cook cool copper coral
    cord cork cotton counsel count court cox craft creed creek crew crop cross crown cruise crystal cup custom dale
    danish dark dash data date dawn day days deal dean dear december deja del dell delta desire destiny dew diamond
    dick dike dime disc divine doc dock doctor doll dollar dolly don dot dove dragon dream drew drive drop dry duke
    dune durante dusk dust dutch eagle early easter echo eden edge edit el elder ell elm else ember emerald emit
    emperor empire end energy english era essence eta ether eve even ever evergreen express fair fairy faith falcon
    fall fame fancy fanny farmer fast fate fawn feather february fed fee fern ferry field fig finch fire first fish
    fisher fleet flint floor flora flower floyd fly foot force ford forest forge fort fortune forum foster fountain
    fox frank freedom french frey friday friend frost fun gal gap garden gardener garnet gate gauge gem gene general
    genesis gentle german gift gilbert ginger giver glad glass glen glory go god gold golden good gorge grace grand
    grande grant grass grave gray great greek green greet grey grove guard guest guide guild guitar gun guy hail
    hale half hall ham hammer hand handy happy harbor hardy harm harmony harper harsh hart harvest hasta haste hat
    haven hawk hay hazel head healthy heart heath heather heaven hella hence herb heritage hero hill hoi holiday
    holly home honest honesty honey hood hook hop hope horn house hub human hung hunt hunter hurt ice icon icy idea
    ideal immaculate india indigo industry infant innocent international ion iris iron isle ita italian ivory ivy
    jade jail january jasmine jasper jay jean jet jewel job joke jolly journey joy judge july junction june junior
    just justice karma keen keep keeper kestrel key kick kid kind king kit kitchen knight lace lady lake lamb lance
    land lane larch large lark laurel law lawyer le leader leaf lean legend lemon les less lexus liberty lie lies
    light like lily lima lin line link lion little lo loan lodge loft lone long look lord lot lotus love lovely
    lover lovie low loyal luck lucky luna lux mac mad made maestro mage magic maid main major making mal mala
    maldive male man manager manner manning manor maple march marine mario mark market marks marry marsh marshal
    mason mass mast master mat match mate math mats matt max may mayor mead meadow mean media melody mercury mercy
    merit merry metro middle mile miles mill miller milton mine miner mini mink minor mint miracle mist misty mix
    model modern monday money monk moon moor morning moss most motor mount much music my mystic nada nail nation ned
    nest new news night nile noble noon north nova novel november oak ocean october odd odds old ole olive om one
    onyx opal open or oral orange orchid order orion otter outer over owe own ox pace page painter pal palm palmer
    pan panther paradise park parker parrish parson part pass past pat path patience paw pay peace peach peak pear
    pearl peer pen pence penny pepper per perfect perl pero petal phoenix pie pike pine pink pioneer pitch place
    plane plaza pleas pleasant please plenty plum point polish pond pool poor poppy port porter post pot potter
    power praise precious present press price pride priest prime prince princess prior prosper proud pure purple
    purpose queen quest quick quiet race rain rainbow rainy raj ram rand rare raven ray read ready real reason red
    reed regal reign rein rest rex rhythm rice rich ride ridge right ring rio rise river rivers road roan robin rock
    rocky rod roll roller root rope rosa rose rosemary rosie rough round row royal ruby rue rule rune rush russet
    rust rusty sable sad safari saffron saga sage said saint salmon salt sample sand sandy santa sapphire sat satin
    saturday savage savanna savannah say sayin scarlet scout sea season see senior september serene serenity server
    shade shadow sharp sharpe shell shepherd shield shine shiny ship shore short silk silver simple sin sincere sing
    singer single sir sister size skill skip sky slate slim small smart smiley snow so sol solace sole solo son song
    sonny soul south spain sparkle sparks spear special spencer spice spirit spring sprout spruce square stable star
    start steady steel step sterling stern steward still stone storm story straw stream street strong sue sultan
    summer sun sunday sunny sunshine sure surprise swan sweet swift sword sylvan tab tad taiga talent tall tan tank
    tarn tate tax tea teal temple tent terra the thing thorn thornton thrift thunder thursday tide tie tier ties
    tiger til till time tine tiny tips toast tomo tone top topaz tore touch tower town toy trace track tracks trade
    trail travel traveler treasure tree trek trinity trip triumph troy true trust truth tuesday tulip turner
    turquoise twig ultra una uni unique unit unity universe unknown unnamed uno urban us usual vale valid valley
    valor value van vans vega velvet venture venus ver verity versa very vest vi victor victory vid view viking
    violet virgin visa vision vista viva vogue von voyager wade wage walk walker wall war ward warm warner wash
    water waters watt watts waves way ways wealth weather weaver webb webster wednesday week weeks weir welcome well
    wells welt west wheat wheel wheeler whisper whit white wick wild wilderness will willing willow win wind window
    windy wine wing winner winter winters wise wish wolf wonder wonders wood woods woody word work workman world
    worth wren wright wrong yard yes yet yoga york young your youth zebra zen zero zion
    """
)
# Places and companies that are names too: they say nothing about anybody by themselves.
PLACES = _words(
    """
    aberdeen adelaide adobe africa alabama alaska albany alberta alexa alexandria america amex amsterdam anaheim
    andorra angola antwerp apple arabic arizona arlington asia atari athens atlanta auckland aurora austin australia
    austria avalon avis bali barcelona basel bath belfast belgium berg berlin bern bernina birmingham boeing boise
    bologna bolton bosch boston bradford brazil bremen bristol brittany brooklyn bruges brussels buffalo burlington
    cabo cairo calais california cambridge camden canada carlisle carolina casio catalina charleston charlotte chase
    chelsea chester cheyenne chicago chile china chrome cisco cleveland clifton cologne colombia columbia columbus
    congo copenhagen cordoba cork cornish corsica crete croatia cuba cyprus czech dakota dallas dayton delaware dell
    delta denmark denver derby devon diego disney dorset dover dresden dublin durham dutch dyson easton ebay egypt
    emirates england essen essex estonia eton europe fargo fedex fiat finland finnish florence florida ford france
    francisco frankfurt freeport galway garmin geneva genoa georgia germany ghana glasgow google granada greece
    guinea hamburg hamilton hanover harlem hartford hastings havana heidelberg helsinki hermes hertz hindi hollywood
    honda houston hp hudson hungary iceland ikea indiana intel iona iowa iran ireland irish israel istanbul italia
    italy jamaica japan jersey jerusalem jordan juneau kansas kent kentucky kenya kiel kingston klarna kodak kone
    korea kuwait kyoto lancaster latvia lebanon leeds leicester leipzig lenovo leon levi levis lexus lidl lincoln
    lisbon lithuania liverpool lodi london lorraine louisiana lourdes lucerne lufthansa luxembourg lyon madison
    madrid maestro maine malaga mali malta manchester manhattan mantua mars maryland massachusetts mastercard medina
    melbourne memphis mercedes messina mexico miami michelin michigan microsoft milan milano mille minnesota
    mississippi missouri monaco montana montgomery montreal monzo morocco moscow munich namur nancy naples nashville
    nassau nepal nestle nevada newcastle newport newton niger nike nissan nokia norfolk normandy norway norwegian
    norwich olympia oracle orlando oslo osprey ottawa oxford padua palermo palma panama paris parma paypal
    pennsylvania peru petersburg philadelphia philips phoenix pisa plymouth poland polish porsche portland porto
    portsmouth portugal prague preston puma qatar quebec queens raleigh reading regina renault reno revolut rhine
    rhodes richmond rochester rom roma romania rome rosario rua russia ryanair salem salisbury salomon salzburg
    samara samsung sardinia savoy saxony scotland scottish seattle serbia sevilla seville sheffield shell sicily
    siemens siena singapore siri skoda skype slovakia slovenia sofia somalia somerset sony spain springfield
    stafford stirling stockholm stockton stratford stripe suffolk surrey sussex suzuki sweden swedish swindon swiss
    switzerland sydney syracuse taipei tampa tennessee tesla texas thailand tokyo toledo toronto toulouse toyota
    trent trento trier trieste trinidad tripoli turin turkey tuscany twitter tyrol uber uganda ulm umbria union utah
    utrecht valencia vatican vaude venice vermont verona versailles vienna vietnam virginia visa vodafone volvo
    wales walmart warren warsaw warwick washington waterloo wellington welsh westminster whatsapp winchester windsor
    winnipeg wisconsin wise worcester wyoming xerox yahoo york youtube zalando zara zurich
    """
)
# What ends a name, or is none although it is written like one.
STOPS = _words(
    """
    a aber about account address afternoon again agent al all already als also am an and any anyone are arrived as
    asking at auch auf aus available avec back be because bedankt been before bei best bien bin bis bit bitte
    bonjour bonsoir booking buenas buenos buongiorno but by bye call called calling can card ce change changed chat
    che checking cheers ciao city cm code colleague colleagues con confirmation contact cordialement correct could
    customer dag danke dans das date de der des desk di did die different do does done dont down du due een ein eine
    el elle email en es est et eu eur evening every everybody everyone everything eveything exactly extremely few
    field fine folks for friends from fully für geen get getting glad going gonna gosh graag gracias grazie groet
    groeten gruß grüße guten guys habe haben had hallo happy has have having he hello help her here herr hers het
    hey hi him his hoi hola home how however i ich id if ihr ihre ik il im in incorrect info interested into is ist
    it its ive je just kein kg kind kindly km know kunde la las last later le les let like listed living lol looking
    los ltd ma ma'am madam madame mail mais man mate maybe me mein meine member merci mes met mevrouw mi mijn mine
    missing misspelled misspelt mistyped mit mm moi mon monsieur morning mr mrs ms muchas nach name never new next
    nicht niet night no nobody noch non nope not nothing nous now number não obrigada obrigado oder of off often ok
    okay old on one online only ook op or order ou our out over owner para pas password people per pero phone
    planning please pleased pls por pour printed ps que question qui quite re ready really reference regarding
    regards reply right same say schon sehr seller service señor señora she should shown sie sind sir sirs size so
    some somebody someone sono soon sorry spelled spelt ssn staff still stuck su support sur sure surprised tag te
    team tel than thank thanks that the their them then there these they this those though tired to today tomorrow
    too trying u um uma un una unable und une unfortunately unhappy uns until up upset us use user using usually
    very via vom von voor vous wann want wanting was wat we well what when where which while who whom why wie will
    wir with without wondering working worried would writing written wrong xl xs xxl y yeah yes yesterday yet you
    your yours zip zu zum
    """
)
# Small words inside a name: Vincent van Gogh.
PARTICLES = _words("van von de del della di da dos das du der den ter ten zu zur la le el al bin ibn af av y e")
NO_NAMES = COMMON | PLACES | STOPS | PARTICLES
# What stands between a number and a word like "road" when no address is meant: 5 km down the road.
MEASURES = _words(
    """
    day days dollar dollars euro euros gb hour hours km meter meters metre mile miles min mins minute minutes month
    months pair pairs people persons piece pieces tb time times week weeks year years
    """
)
# What is said of a password with an exclamation mark behind it, and is none.
COMPLAINTS = _words(
    """
    blocked broken changed correct denied different expired fine forgotten gone hacked here ignored impossible
    incorrect invalid locked lost missing needed okay refused rejected required reset right same stolen strong
    there unknown useless weak working wrong abgelaufen blockiert falsch gesperrt richtig ungültig vergessen weg
    geblokkeerd kwijt onjuist vergeten verkeerd verlopen bloqué expiré faux incorrecte oublié perdu bloqueada
    caducada incorrecta mala olvidada
    """
)
