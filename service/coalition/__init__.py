"""The coalition's own work: coverage, map, due items, exchange, contacts, words, guide. Pure.

Every computation takes a `VisibleDirectory`: the records that a caller may see. Hidden records can therefore be in no
answer, no count and no order.
"""

from service.coalition.calendar import draw_calendar
from service.coalition.contacts import Contacts
from service.coalition.coverage import Coverage
from service.coalition.due_items import NEXT, USUAL, DueItems, Item
from service.coalition.exchange import Exchange
from service.coalition.figures import Figures
from service.coalition.guide import read_guide, sectors
from service.coalition.heat_map import draw_heat_map
from service.coalition.legal_hold import LegalHold
from service.coalition.map import Map
from service.coalition.map_graph import write_graphml, write_node_link
from service.coalition.map_picture import draw_map
from service.coalition.service_search import ServiceSearch
from service.coalition.terminology import AgencyWords
from service.coalition.visible_directory import VisibleDirectory, visible_directory_of

__all__ = [
    "NEXT",
    "USUAL",
    "AgencyWords",
    "Contacts",
    "Coverage",
    "DueItems",
    "Exchange",
    "Figures",
    "Item",
    "LegalHold",
    "Map",
    "ServiceSearch",
    "VisibleDirectory",
    "draw_calendar",
    "draw_heat_map",
    "draw_map",
    "read_guide",
    "sectors",
    "visible_directory_of",
    "write_graphml",
    "write_node_link",
]
