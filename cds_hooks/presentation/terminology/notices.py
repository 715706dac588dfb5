"""What the owners of the code systems want said wherever their codes are shown; the words of the file NOTICE."""

from __future__ import annotations

LOINC = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) 1995-2024, Regenstrief "
    "Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no "
    "cost under the license at http://loinc.org/license. LOINC(R) is a registered United States trademark of "
    "Regenstrief Institute, Inc."
)
RXNORM = (
    "RxNorm codes and names are created by the U.S. National Library of Medicine, which does not endorse or recommend "
    "this or any other product."
)
UCUM = (
    "UCUM is copyright (c) 1999-2024, Regenstrief Institute, Inc. All rights reserved. It is licensed under the UCUM "
    "Copyright Notice and License, Version 1.1 (https://github.com/ucum-org/ucum/blob/main/LICENSE.md), and is "
    'provided "as is", without warranties or conditions of any kind; see the disclaimer of warranties in that license.'
)
ICD_10_CM = (
    "ICD-10-CM codes and titles are maintained by the U.S. National Center for Health Statistics (public domain)."
)
ICD_10 = (
    "The table also says which of these codes mean the same in the International Classification of Diseases, 10th "
    "revision (copyright World Health Organization), and in its German modification ICD-10-GM (edited by the BfArM). "
    "No text of either is included."
)
ATC = (
    "ATC codes are copyright of the WHO Collaborating Centre for Drug Statistics Methodology, Oslo, Norway. Their "
    "commercial redistribution is restricted."
)
SNOMED = (
    "This material includes codes and terms of SNOMED Clinical Terms (SNOMED CT), which is used by permission of "
    "SNOMED International. All rights reserved. Using it requires a SNOMED CT Affiliate License "
    "(https://www.snomed.org)."
)
