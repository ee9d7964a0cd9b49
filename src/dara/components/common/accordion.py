"""A documented import path; its names are defined elsewhere."""

from dara.components import Accordion, AccordionItem

__all__ = ['Accordion', 'AccordionItem']
