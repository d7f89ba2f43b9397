"""Two friendly words for every member, so that a coordinator can talk about a person without a name.

An alias is a way to speak, not an identity: two members may share one, and nothing is ever looked up by it. The words
are nature and craft, chosen to flatter nobody and to slight nobody: no looks, moods, ages, origins or skills.
Changing or reordering a list gives everybody a new alias, so only do it with a CHANGELOG entry. Names never live
here.
"""

from __future__ import annotations

from hashlib import blake2b

FIRST_WORDS: tuple[str, ...] = tuple(
    """
    Alpine Amber Apricot April Arbour Arctic Aspen Auburn August Autumn Azure Balsam Barley Basil Bayside Beeswax
    Beryl Blossom Bluebell Bramble Breeze Brook Buttercup Cactus Camellia Canyon Cardamom Cedar Celadon Chestnut
    Cinnamon Citrus Clay Clover Cobalt Copper Coral Cotton Cove Cream Crimson Crystal Cyan Daffodil Dahlia Damson
    Dawn Daylight December Delta Denim Dewdrop Driftwood Dune Dusk Echo Ember Emerald Evening Everglade Fennel Fern
    Fieldside Fjord Flax Flint Forest Fountain Foxglove Garden Garnet Golden Gorse Granite Grove Harbour Harvest
    Hazel Heather Highland Hillside Honey Horizon Indigo Island Ivy January Jasmine Jasper July June Juniper Kelp
    Lagoon Lakeside Lantern Larkspur Laurel Lavender Leafy Lichen Lilac Lime Linen Lotus Magnolia Mango Maple Marble
    March Marigold Marine Marsh Meadow Melon Midday Mint Misty Monsoon Moonlit Moorland Morning Mossy Mulberry
    Myrtle Nectar Northern November Nutmeg Oasis Oatmeal Ochre October Olive Opal Orange Orchard Orchid Pacific
    Paper Parsley Peach Pearl Pebble Peony Pepper Petal Pine Plum Pollen Poppy Prairie Primrose Quartz Raspberry
    Reed Ripple River Rosemary Ruby Russet Saffron Sage Sandy Sapphire Scarlet Seaside September Shingle Silver Sky
    Snowdrop Solar Sorrel Southern Spring Spruce Starlit Stone Summer Sunlit Sunny Sunrise Tangerine Tawny Teal
    Terracotta Thistle Thyme Tidal Topaz Tulip Tundra Turquoise Umber Valley Vanilla Velvet Verdant Vine Violet
    Walnut Waterside Western Wheat Wildwood Willow Winter Wisteria Woodland Woollen Yarrow Zephyr
    """.split()  # noqa: SIM905 - a list to read, not to parse
)

SECOND_WORDS: tuple[str, ...] = tuple(
    """
    Acorn Albatross Almond Anchor Anemone Antelope Arch Artichoke Avocet Banjo Basket Bassoon Beacon Bee Beech Bell
    Bicycle Birch Bittern Blackbird Blanket Boat Bonsai Bough Bridge Bunting Butterfly Cairn Canary Candle Canoe
    Capstan Caravan Caribou Cello Chaffinch Cherry Cicada Clarinet Comet Compass Conch Condor Cormorant Cottage
    Cowrie Crane Cricket Curlew Cygnet Deer Dipper Dolphin Dormouse Dove Dragonfly Dulcimer Dunlin Eagle Egret Eider
    Elm Falcon Feather Ferry Fiddle Fieldfare Fig Finch Firefly Flamingo Flute Fox Gazelle Gecko Gentian Goldfinch
    Goshawk Grebe Guitar Hare Harp Harrier Hawthorn Hedgehog Heron Hoopoe Hornbeam Ibex Ibis Iris Jackdaw Jay
    Kestrel Kettle Kingfisher Kite Kittiwake Koala Ladybird Lamp Lapwing Larch Lark Lemur Leveret Lighthouse Lily
    Linden Linnet Llama Loom Lute Lynx Lyre Macaw Mallard Mandolin Marten Martin Meerkat Merlin Mistletoe Moth
    Narwhal Newt Nightingale Nightjar Nuthatch Oak Oboe Ocelot Oriole Osprey Otter Ouzel Owl Panda Papaya Partridge
    Pear Pelican Penguin Petrel Pheasant Piano Pintail Pipit Plover Pomelo Poplar Ptarmigan Puffin Quail Quilt
    Quince Rabbit Raven Redpoll Redstart Reindeer Robin Rook Rowan Rudder Sail Salmon Sandpiper Saxophone Seahorse
    Seal Sextant Shearwater Shelduck Siskin Sitar Skylark Sparrow Spindle Spoonbill Squirrel Starling Stork
    Sunflower Swallow Swan Swift Sycamore Tamarin Tambourine Tapir Teapot Teasel Tern Toucan Treecreeper Trumpet
    Turnstone Turtle Ukulele Viola Violin Vireo Wagtail Warbler Waxwing Weaver Wheatear Whimbrel Whinchat Whistle
    Wigeon Windmill Wombat Woodlark Wren Yew Zebra
    """.split()  # noqa: SIM905 - a list to read, not to parse
)


def alias_of(member_id: str) -> str:
    """Name a member in two words; the same id always gives the same words."""
    first, second = divmod(_number_of(member_id) % (len(FIRST_WORDS) * len(SECOND_WORDS)), len(SECOND_WORDS))
    return f"{FIRST_WORDS[first]} {SECOND_WORDS[second]}"


def tone_of(member_id: str, tones: int) -> int:
    """Choose one of the stylesheet's colours for a member's mark; decoration only, never the sole sign of anything."""
    return (_number_of(member_id) >> 40) % tones


def _number_of(member_id: str) -> int:
    return int.from_bytes(blake2b(member_id.encode(), digest_size=8, person=b"alias").digest(), "big")
