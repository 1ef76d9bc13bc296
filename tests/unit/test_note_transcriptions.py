"""Notes in the layout of transcriptions, written for these tests: what was done, and what was not.

A comma stands for a line break, as in the public collections of such notes.
"""

import pytest

from auditkit.documentation.reader import read_note

NOTHING_DONE = {
    "consult_moh_plan": (
        "CHIEF COMPLAINT:,  Lesion on the nose.,HISTORY OF PRESENT ILLNESS: , This "
        "67-year-old gentleman was referred by his primary doctor for evaluation of a "
        "lesion of the left nasal ala that has been present about eight months.  He had "
        "a shave biopsy elsewhere three weeks ago, which came back as nodular basal "
        "cell carcinoma.  He has had two previous skin cancers removed from the "
        "back.,PAST SURGICAL HISTORY: , Tonsillectomy, hernia repair, excision of "
        "melanoma right shoulder in 1998.,PHYSICAL EXAMINATION: , There is a 7 mm "
        "pearly papule on the left nasal ala.  No cervical adenopathy.,IMPRESSION: , "
        "Basal cell carcinoma, left nasal ala.,PLAN:,  I discussed the options "
        "including excision, radiation, and Mohs micrographic surgery.  He would like "
        "to proceed with Mohs surgery, and this will be scheduled for next month with "
        "reconstruction by a bilobed flap or full-thickness skin graft.  Risks "
        "including bleeding, infection, and scarring were discussed."
    ),
    "er_lac_refused": (
        "HISTORY: , The patient is a 34-year-old intoxicated male with a laceration of "
        "the scalp.,PHYSICAL EXAMINATION: , A 4 cm laceration of the parietal "
        "scalp.,EMERGENCY ROOM COURSE: , I offered to repair the laceration with "
        "staples, but the patient refused and left against medical advice.  The wound "
        "was cleaned and a pressure dressing was applied.  A tetanus booster was "
        "ordered but he declined it.,IMPRESSION: , Scalp laceration, unrepaired."
    ),
    "fu_acne_no": (
        "SUBJECTIVE: , This 17-year-old white male is seen for followup of acne "
        "vulgaris.  He has been on Minocin 100 mg b.i.d. and Retin-A.  He had "
        "intralesional injections at his last visit with good results.  ,OBJECTIVE: , "
        "Few comedones on the forehead and cheeks, one cyst on the back.  No "
        "scars.,ASSESSMENT: , Acne vulgaris, improved.,PLAN: , Continue Minocin and "
        "Retin-A micro 0.04% gel at bedtime.  If the cyst on the back does not settle, "
        "we will inject it with Kenalog or incise and drain it next time.  Recheck in "
        "two months."
    ),
    "knee_scope": (
        "PREOPERATIVE DIAGNOSIS: , Torn medial meniscus, left knee.,PROCEDURE: , "
        "Arthroscopy of the left knee with partial medial meniscectomy and shaving of "
        "the medial femoral condyle.,DESCRIPTION: , The knee was prepped and draped.  "
        "Portals were made with a #11 blade.  The medial meniscus tear was excised with "
        "a basket forceps and smoothed with a shaver.  The joint was injected with 20 "
        "mL of 0.5% Marcaine.  Portals were closed with 4-0 nylon and a sterile "
        "dressing was applied."
    ),
    "consult_neg": (
        "REASON FOR CONSULTATION: , Rash.,HISTORY OF PRESENT ILLNESS:,  The patient is "
        "a 54-year-old woman admitted with cellulitis of the right leg.  Dermatology is "
        "asked to see her for a rash on the trunk of three days' duration, after "
        "starting Bactrim.,REVIEW OF SYSTEMS: , Negative for fever, moles, skin cancers "
        "or prior biopsies.,PAST SURGICAL HISTORY: , Cholecystectomy, lipoma excision "
        "from the neck, C-section.,EXAM: , Morbilliform eruption on the trunk and "
        "proximal extremities.,IMPRESSION: , Drug eruption.,RECOMMENDATIONS: , "
        "Discontinue Bactrim.  Triamcinolone 0.1% cream b.i.d.  A punch biopsy could be "
        "performed if the rash does not clear.  Thank you for the consult."
    ),
    "discharge": (
        "ADMISSION DIAGNOSIS: , Cellulitis and abscess of the right buttock.,DISCHARGE "
        "DIAGNOSIS: , Cellulitis and abscess of the right buttock.,PROCEDURES: , "
        "None.,HOSPITAL COURSE: , The patient was admitted and given IV vancomycin.  "
        "Surgery was consulted and felt that the abscess had drained spontaneously and "
        "that incision and drainage was not necessary.  He was discharged on oral "
        "clindamycin."
    ),
    "future_exc": (
        "HISTORY OF PRESENT ILLNESS: , The patient is a 29-year-old female with an "
        "enlarging cyst of the left cheek.  She was seen here last month, at which time "
        "the cyst was injected with Kenalog and has since decreased in size.  She "
        "wishes to have it removed.,PHYSICAL EXAMINATION: , 1.5 cm mobile cyst, left "
        "cheek.,ASSESSMENT AND PLAN: , Epidermal inclusion cyst.  Plan excision under "
        "local anesthesia in the office.  We will remove the cyst with an elliptical "
        "incision and close in layers.  The specimen will be sent to pathology.  She "
        "understands and agrees."
    ),
    "ob": (
        "PREOPERATIVE DIAGNOSIS: , Intrauterine pregnancy at term.,PROCEDURE: , "
        "Spontaneous vaginal delivery with repair of second-degree perineal "
        "laceration.,DESCRIPTION: , The infant was delivered over an intact perineum.  "
        "A second-degree laceration was repaired with 3-0 Vicryl.  Estimated blood loss "
        "300 mL."
    ),
    "gi": (
        "PROCEDURE: , Colonoscopy with biopsy and polypectomy.,DESCRIPTION OF "
        "PROCEDURE: , A 6 mm sessile polyp in the sigmoid was removed with hot snare "
        "cautery.  Random biopsies were taken from the right colon."
    ),
    "breast": (
        "PREOPERATIVE DIAGNOSIS: , Right breast mass.,PROCEDURE: , Excisional biopsy, "
        "right breast mass, needle localized.,DESCRIPTION: , An incision was made in "
        "the upper outer quadrant. The mass was excised and sent to pathology. The skin "
        "was closed with 4-0 Monocryl."
    ),
    "hx_exam": (
        "HISTORY OF PRESENT ILLNESS:,  Mr. A is a 58-year-old farmer who was seen in "
        "2003 at which time multiple actinic keratoses were frozen with liquid nitrogen "
        "and a squamous cell carcinoma of the lip was excised by Dr. B.  He comes today "
        "for his yearly check.,EXAM: , No suspicious lesions.  Well-healed scar of the "
        "lower lip.,ASSESSMENT: , History of skin cancer, no evidence of "
        "recurrence.,PLAN: , Sunscreen.  Return one year."
    ),
    "psych": (
        "PAST MEDICAL HISTORY: , Depression, self-inflicted lacerations of the left "
        "forearm repaired in the emergency room last year.,MENTAL STATUS: , "
        "Alert.,PLAN: , Continue Zoloft 50 mg q.d."
    ),
    "cancelled": (
        "PREOPERATIVE DIAGNOSIS: , Basal cell carcinoma, right temple.,PROCEDURE: , "
        "Excision of basal cell carcinoma, right temple, cancelled.,NOTE: , The patient "
        "was brought to the minor procedure room.  Her blood pressure was 210/120 and "
        "the procedure was cancelled.  She will be rescheduled after medical "
        "evaluation."
    ),
    "consent": (
        "INFORMED CONSENT: , The risks of shave biopsy, including bleeding and "
        "scarring, were explained and the patient signed the consent form.  On "
        "inspection today the lesion has completely resolved.  No biopsy was done."
    ),
    "referral_letter": (
        "Dear Dr. Y: , Thank you for referring this pleasant 45-year-old woman with "
        "hyperhidrosis.  She has failed Drysol.  I believe that she would be an "
        "excellent candidate for Botox injections, 50 units to each axilla, and we have "
        "requested authorization from her insurance.  Sincerely."
    ),
    "er_strips": (
        "PHYSICAL EXAM:,  Superficial 1 cm laceration of the right index finger.,ED "
        "COURSE: , The wound was cleaned and Steri-Strips applied.  No sutures were "
        "necessary."
    ),
    "psoriasis": (
        "SUBJECTIVE: , 40-year-old man with psoriasis for follow up of phototherapy.  "
        "He has had 12 treatments of narrow band UVB.,OBJECTIVE: , Plaques much "
        "thinner.,PLAN: , Continue narrow band UVB three times weekly.  Dovonex "
        "ointment.  Intralesional Kenalog to the elbow plaques was suggested but he "
        "wishes to wait."
    ),
    "wound_care": (
        "SUBJECTIVE:,  Returns for suture removal, 10 days after excision of a cyst on "
        "the back.,OBJECTIVE:,  Wound healing well.,PLAN:,  Sutures removed.  Pathology "
        "showed epidermal inclusion cyst."
    ),
    "breast_recon": (
        "PREOPERATIVE DIAGNOSIS: , Acquired absence of the left breast.,PROCEDURE: , "
        "Left latissimus dorsi flap breast reconstruction with tissue "
        "expander.,DESCRIPTION OF PROCEDURE: , An elliptical skin paddle was designed "
        "on the back. The flap was elevated and rotated through the axilla. Donor site "
        "was closed in layers over drains."
    ),
    "burn": (
        "HISTORY:,  34-year-old with flash burns to face and both hands, 6% TBSA.,ED "
        "COURSE: , Blisters were debrided, Silvadene applied. No grafting will be "
        "needed. Tetanus given.,PLAN: , Follow up in burn clinic."
    ),
    "hpi_only": (
        "HISTORY OF PRESENT ILLNESS: , Patient had a biopsy of a lesion on the left "
        "shoulder two weeks ago by Dr. C which was read as dysplastic nevus with severe "
        "atypia. He is here to discuss re-excision. Past procedures include cryotherapy "
        "of multiple keratoses, ED&C of a basal cell of the back in 2005 and Mohs "
        "surgery of the right ear.,IMPRESSION: , Severely dysplastic nevus, left "
        "shoulder.,PLAN: , Re-excise with 5 mm margins. The patient agrees and will "
        "call for an appointment."
    ),
    "vasectomy": (
        "PROCEDURE: , Bilateral vasectomy.,DESCRIPTION: , A 1 cm incision was made in "
        "the scrotum. A segment of vas was excised and the ends cauterized. The skin "
        "was closed with 3-0 chromic."
    ),
    "pterygium": (
        "PREOPERATIVE DIAGNOSIS: , Pterygium, right eye.,PROCEDURE: , Excision of "
        "pterygium with conjunctival autograft, right eye."
    ),
    "decline": (
        "PLAN: ,1. Seborrheic keratoses. The patient asked about removal; cosmetic "
        "nature explained, she declined treatment today.,2. Skin tags of the neck. Snip "
        "removal quoted at $100, she will think about it.,3. Actinic keratosis of the "
        "left temple. Efudex prescribed rather than freezing."
    ),
    "path_report": (
        "SPECIMEN: , Skin, right forearm, shave biopsy.,GROSS DESCRIPTION: , Received "
        "in formalin is a 0.6 x 0.5 cm shave of skin.,FINAL DIAGNOSIS: , Squamous cell "
        "carcinoma in situ, extending to the lateral margin."
    ),
    "phone": (
        "TELEPHONE NOTE: , Called patient with biopsy result: basal cell carcinoma, "
        "left cheek. Advised Mohs surgery. She will be scheduled with Dr. Q."
    ),
}

#: Method, site, side, count and other elements of everything performed.
DONE = {
    "op_excision_back": (
        "PREOPERATIVE DIAGNOSIS: , Atypical nevus, right upper back.,POSTOPERATIVE "
        "DIAGNOSIS: , Atypical nevus, right upper back.,PROCEDURE: , Excision of "
        "atypical nevus, right upper back, with intermediate closure.,ANESTHESIA: , 1% "
        "lidocaine with epinephrine.,ESTIMATED BLOOD LOSS: , Minimal.,COMPLICATIONS: , "
        "None.,DESCRIPTION OF PROCEDURE: , The patient was placed prone on the table.  "
        "The lesion measured 1.1 cm in greatest dimension.  An ellipse was drawn with 5 "
        "mm margins.  The area was infiltrated with 1% lidocaine with epinephrine, "
        "prepped and draped.  The lesion was excised down to the subcutaneous fat and "
        "sent to pathology for permanent section.  Hemostasis was obtained with "
        "electrocautery.  The wound was closed in layers using 4-0 Vicryl for the "
        "dermis and 4-0 nylon for the skin.  Final closure length was 4.2 cm.  The "
        "patient tolerated the procedure well.",
        [
            (
                "excision",
                "right upper back",
                "right",
                1,
                {"lesion_size_cm": "1.1", "margin_cm": "0.5"},
            ),
            (
                "repair_intermediate",
                "right upper back",
                "right",
                1,
                {"defect_or_repair_length_cm": "4.2"},
            ),
        ],
    ),
    "er_lac_two": (
        "HISTORY OF PRESENT ILLNESS: , This is a 9-year-old boy who fell off his "
        "bicycle and sustained lacerations to the chin and left knee.  No loss of "
        "consciousness.,PAST MEDICAL HISTORY: , Negative.  Immunizations up to "
        "date.,PHYSICAL EXAMINATION: , VITAL SIGNS: Stable.  There is a 2 cm laceration "
        "of the chin and a 3.5 cm laceration over the left knee, without foreign "
        "body.,EMERGENCY DEPARTMENT COURSE: , Both wounds were anesthetized with 1% "
        "lidocaine and irrigated copiously with saline.  The chin laceration was closed "
        "with five 6-0 Prolene sutures.  The knee laceration was closed with seven 4-0 "
        "nylon sutures.  Bacitracin and dressings were applied.,DISPOSITION: , Sutures "
        "out of the chin in five days and the knee in ten days.",
        [
            ("repair_simple", "chin", None, 1, {"defect_or_repair_length_cm": "2"}),
            ("repair_simple", "knee", "left", 1, {"defect_or_repair_length_cm": "3.5"}),
        ],
    ),
    "fu_wart": (
        "SUBJECTIVE:,  The patient is a 15-year-old female who returns for follow-up of "
        "plantar warts of the right foot.  They were treated with liquid nitrogen four "
        "weeks ago.  She says that they are much better.,OBJECTIVE: , Two small "
        "residual verrucae on the plantar surface of the right foot.,ASSESSMENT: , "
        "Plantar warts.,PLAN: , The two warts were pared with a #15 blade and treated "
        "with liquid nitrogen for two 20-second freeze-thaw cycles.  Return in four "
        "weeks.  If these do not resolve we may consider candida injection or excision.",
        [
            ("destruction", "right foot", "right", 2, {}),
        ],
    ),
    "id_abscess": (
        "PREOPERATIVE DIAGNOSIS: , Abscess, left axilla.,POSTOPERATIVE DIAGNOSIS: , "
        "Abscess, left axilla.,OPERATION: , Incision and drainage of abscess, left "
        "axilla.,ANESTHESIA: , General via LMA.,PROCEDURE IN DETAIL: , The patient was "
        "taken to the operating room and placed supine.  The left axilla was prepped "
        "and draped.  An incision was made over the point of maximal fluctuance and "
        "about 20 mL of pus was evacuated and cultured.  Loculations were broken up "
        "with a hemostat.  The cavity was irrigated and packed with half-inch iodoform "
        "gauze.",
        [
            ("incision_drainage", "left axilla", "left", 1, {}),
        ],
    ),
    "hysterectomy_mole": (
        "PREOPERATIVE DIAGNOSES: ,1.  Symptomatic uterine fibroids.,2.  Nevus, left "
        "thigh.,POSTOPERATIVE DIAGNOSES: ,1.  Symptomatic uterine fibroids.,2.  Nevus, "
        "left thigh.,PROCEDURES PERFORMED: ,1.  Total abdominal hysterectomy.,2.  "
        "Excision of nevus, left thigh.,ANESTHESIA: , General.,PROCEDURE: , After the "
        "hysterectomy had been completed and the abdomen closed with staples, attention "
        "was turned to the left thigh, where a 0.8 cm nevus was excised in an "
        "elliptical fashion and closed with interrupted 4-0 nylon.  Specimen was sent "
        "to pathology.",
        [
            ("excision", "left thigh", "left", 1, {"lesion_size_cm": "0.8"}),
        ],
    ),
    "podiatry_nail": (
        "S: , An 82-year-old diabetic male presents for routine foot care.  He denies "
        "any open lesions.,O: , Pedal pulses are diminished bilaterally.  Nails 1 "
        "through 5 bilaterally are elongated, thickened and dystrophic.  There is a "
        "hyperkeratotic lesion beneath the fifth metatarsal head of the left foot.,A: , "
        "1.  Onychomycosis.,2.  Porokeratosis, left foot.,P:,  All ten nails were "
        "debrided manually and electrically.  The porokeratotic lesion of the left foot "
        "was debrided with a #15 blade.  The patient is to return in nine weeks.",
        [
            ("nail_debridement", "nails", "bilateral", 10, {}),
        ],
    ),
    "flap_chest": (
        "PREOPERATIVE DIAGNOSIS: , Squamous cell carcinoma of the scalp, status post "
        "Mohs resection with 6 x 5 cm defect.,POSTOPERATIVE DIAGNOSIS: , "
        "Same.,PROCEDURE: , Split-thickness skin graft to the scalp from the right "
        "thigh, 30 sq cm.,ANESTHESIA: , General.,INDICATIONS: , The patient underwent "
        "Mohs excision of a squamous cell carcinoma by Dr. X yesterday and comes for "
        "reconstruction.,DESCRIPTION OF PROCEDURE: , A split-thickness skin graft was "
        "harvested from the right thigh at 0.014 inch with the dermatome, meshed 1:1.5 "
        "and secured to the scalp with staples.  A bolster was applied.",
        [
            ("graft", "scalp", None, None, {"defect_area_sq_cm": "30"}),
        ],
    ),
    "punch_two": (
        "S:,  This is a 60-year-old woman with a rash of the lower legs for two "
        "months.,O:,  Palpable purpuric papules on both lower legs.,A:,  Rule out "
        "leukocytoclastic vasculitis.,P:,  After informed consent two 4 mm punch "
        "biopsies were taken from the left lower leg, one for routine histology and one "
        "for immunofluorescence.  Each site was closed with a single 4-0 nylon suture.  "
        "She was given a prescription for clobetasol ointment.  Follow up in ten days "
        "for suture removal.",
        [
            ("punch_biopsy", "left lower leg", "left", 2, {}),
        ],
    ),
    "lipoma": (
        "TITLE OF OPERATION: , Excision of lipoma, left posterior shoulder.,INDICATION "
        "FOR SURGERY: , Enlarging mass of the shoulder.,PREOP DIAGNOSIS: , Lipoma, left "
        "posterior shoulder.,POSTOP DIAGNOSIS: , Lipoma, left posterior shoulder, 6 "
        "cm.,PROCEDURE: , A 5 cm incision was made over the mass after infiltration of "
        "local anesthetic.  The lipoma was dissected from the surrounding fat and "
        "removed in one piece; it measured 6 x 4 cm.  The subcutaneous tissue was "
        "closed with 3-0 Vicryl and the skin with a running 4-0 Monocryl subcuticular "
        "suture.  The specimen was sent to pathology.",
        [
            ("excision", "left posterior shoulder", "left", 1, {"lesion_size_cm": "6"}),
        ],
    ),
    "derm_ak": (
        "SUBJECTIVE:,  A 71-year-old man comes in for a skin check.  He has a history "
        "of basal cell carcinoma of the nose treated with Mohs surgery in 2001 and "
        "multiple actinic keratoses treated with Efudex.,OBJECTIVE:,  There are "
        "erythematous scaly macules on the right temple, left cheek and dorsal hands.  "
        "A 5 mm pigmented papule on the left forearm.  ,IMPRESSION:,1.  Actinic "
        "keratoses.,2.  Rule out melanoma, left forearm.,PLAN:,1.  Seven actinic "
        "keratoses were treated with liquid nitrogen cryotherapy today.,2.  Shave "
        "biopsy of the left forearm lesion was performed today after 1% lidocaine.  "
        "Specimen sent to pathology.,3.  Follow up in six months.",
        [
            ("destruction", None, None, 7, {"lesion_size_cm": None, "anesthesia": None}),
            ("shave_biopsy", "left forearm", "left", 1, {"lesion_size_cm": "0.5"}),
        ],
    ),
    "er_glue": (
        "HISTORY OF PRESENT ILLNESS:,  A 3-year-old girl ran into a coffee table and "
        "has a laceration of the forehead.,PHYSICAL EXAM:,  1.5 cm laceration of the "
        "mid forehead, edges clean.,ED COURSE: , The wound was irrigated and closed "
        "with Dermabond.  Wound care instructions were given.",
        [
            ("repair_simple", "mid forehead", None, 1, {"defect_or_repair_length_cm": "1.5"}),
        ],
    ),
    "nail_avulsion": (
        "PREOPERATIVE DIAGNOSIS: , Ingrown toenail, right hallux, lateral "
        "border.,PROCEDURE PERFORMED: , Partial nail avulsion with chemical "
        "matrixectomy, right hallux.,ANESTHESIA: , Digital block with 3 cc of 2% "
        "lidocaine plain.,PROCEDURE: , The lateral border was freed and removed with a "
        "hemostat.  Phenol was applied to the matrix for 30 seconds, three "
        "applications.  Silvadene and a dressing were applied.",
        [
            ("nail_avulsion", "right hallux", "right", 1, {}),
        ],
    ),
    "mohs": (
        "PREOPERATIVE DIAGNOSIS: , Basal cell carcinoma, left nasal tip.,OPERATION: , "
        "Mohs micrographic surgery, two stages.,ANESTHESIA: , Local.,DESCRIPTION OF "
        "PROCEDURE: , Lesion size 0.8 x 0.6 cm.  Stage I: 2 sections were examined and "
        "tumor was present at 6 o'clock.  Stage II: 1 section was clear.  Final defect "
        "1.4 x 1.2 cm.  The defect was repaired with a dorsal nasal flap.",
        [
            (
                "mohs",
                "left nasal tip",
                "left",
                1,
                {"lesion_size_cm": "0.8", "mohs_stages": "2", "mohs_blocks": "3"},
            ),
        ],
    ),
    "multi_ex": (
        "PREOPERATIVE DIAGNOSES: ,1.  Compound nevus, left cheek, 0.5 cm.,2.  Sebaceous "
        "cyst, posterior neck, 2 cm.,3.  Skin tags, bilateral axillae.,POSTOPERATIVE "
        "DIAGNOSES: , Same.,OPERATIONS: ,1.  Excision of nevus, left cheek.,2.  "
        "Excision of sebaceous cyst, posterior neck, with layered closure.,3.  Removal "
        "of six skin tags, bilateral axillae.,ANESTHESIA: , Local.,PROCEDURE: , The "
        "nevus was excised and closed with 6-0 nylon.  The cyst was excised with its "
        "wall through an elliptical incision and closed in two layers.  The skin tags "
        "were snipped with scissors.",
        [
            ("excision", "left cheek", "left", 1, {"lesion_size_cm": "0.5"}),
            ("excision", "posterior neck", None, 1, {"lesion_size_cm": "2"}),
            ("repair_intermediate", "posterior neck", None, 1, {}),
            ("skin_tag_removal", "bilateral axillae", "bilateral", 6, {}),
        ],
    ),
    "melanoma_wle": (
        "PREOPERATIVE DIAGNOSIS: , Malignant melanoma, left calf, Breslow 1.2 "
        "mm.,POSTOPERATIVE DIAGNOSIS: , Malignant melanoma, left calf.,OPERATIONS: ,1.  "
        "Wide local excision of melanoma, left calf, with 2 cm margins.,2.  Sentinel "
        "lymph node biopsy, left groin.,3.  Split-thickness skin graft, 48 sq cm, left "
        "calf.,ANESTHESIA: , General endotracheal.,DESCRIPTION: , The melanoma biopsy "
        "site was excised with 2 cm margins down to fascia. A split-thickness graft was "
        "harvested from the right thigh and applied.",
        [
            ("excision", "left calf", "left", 1, {"margin_cm": "2", "lesion_size_cm": None}),
            ("graft", "left calf", "left", None, {"defect_area_sq_cm": "48"}),
        ],
    ),
    "ed_abscess": (
        "CC: , Boil.,HPI: , Three-day history of painful swelling of the right "
        "thigh.,PE: , 3 cm fluctuant abscess right anterior thigh with surrounding "
        "erythema.,ED COURSE: , The area was anesthetized with 1% lidocaine with "
        "epinephrine. A 2 cm incision was made with a #11 blade and 10 cc of purulent "
        "material was expressed. Loculations were broken. The wound was packed with "
        "iodoform gauze. He was started on Bactrim DS.,DX: , Abscess, right thigh.",
        [
            ("incision_drainage", "right thigh", "right", None, {}),
        ],
    ),
    "molluscum": (
        "SUBJECTIVE: , 6-year-old girl with bumps on trunk for 2 months.,OBJECTIVE: , "
        "14 umbilicated papules on the abdomen and left flank.,ASSESSMENT: , Molluscum "
        "contagiosum.,PLAN: , Cantharidin was applied to 14 lesions, to be washed off "
        "in four hours. Recheck in three weeks.",
        [
            ("destruction", None, None, 14, {}),
        ],
    ),
    "hidradenitis": (
        "PREOPERATIVE DIAGNOSIS: , Hidradenitis suppurativa, bilateral "
        "axillae.,OPERATION: , Excision of hidradenitis, bilateral axillae, with "
        "complex repair.,DESCRIPTION: , Both axillae were excised measuring 10 x 4 cm "
        "on the right and 9 x 4 cm on the left. Wounds closed in layers with 2-0 Vicryl "
        "and staples.",
        [
            ("excision", "bilateral axillae", "bilateral", None, {}),
        ],
    ),
    "kenalog_aa": (
        "S: , 32-year-old woman with alopecia areata of the scalp. She had injections "
        "six weeks ago with regrowth.,O: , Two patches on the occipital scalp with fine "
        "regrowth.,A: , Alopecia areata, improving.,P: , Intralesional Kenalog 5 mg/mL "
        "was injected into the two patches, total 1.5 mL. Return six weeks.",
        [
            ("injection", None, None, 2, {"drug": "Kenalog"}),
        ],
    ),
    "toenail_consult": (
        "CHIEF COMPLAINT:, Painful ingrown nail right great toe.,PLAN: , Options of "
        "antibiotics, partial nail avulsion and permanent matrixectomy were reviewed. "
        "She elected partial avulsion. After a digital block with 2% plain lidocaine "
        "the medial border of the right hallux nail was avulsed with a hemostat. No "
        "matrixectomy was done. Dressing applied.",
        [
            ("nail_avulsion", "right hallux nail", "right", 1, {}),
        ],
    ),
    "plan_today": (
        "A/P:,1.  Verruca vulgaris, right hand x 3.  Options discussed.  Liquid "
        "nitrogen x 2 cycles each performed today.,2.  Nevus, back.  Benign appearing, "
        "reassurance.  No biopsy needed.,3.  Acne.  Start tretinoin 0.025% cream q.h.s.",
        [
            ("destruction", None, None, None, {}),
        ],
    ),
}


def performed(text: str) -> list:
    """Return the performed items of a note."""
    return [p for p in read_note(text).procedures if p["status"].value == "performed"]


@pytest.mark.parametrize("text", NOTHING_DONE.values(), ids=NOTHING_DONE.keys())
def test_nothing_is_performed_where_the_note_tells_of_none(text):
    """Past, planned, offered, refused and other organs' work is not skin work of the day."""
    assert [] == [item["method"].value for item in performed(text)]


@pytest.mark.parametrize(("text", "wanted"), DONE.values(), ids=DONE.keys())
def test_what_was_performed_is_read_where_it_was_done(text, wanted):
    """Each method is read once, with its own site, side, count and sizes; others' are not taken."""
    found = performed(text)

    assert sorted(w[0] for w in wanted) == sorted(item["method"].value for item in found)
    for method, site, side, count, others in wanted:
        told = {"site": site, "laterality": side, "lesion_count": count, **others}
        same = [
            item
            for item in found
            if item["method"].value == method
            and all(str(item[name].value) == str(value) for name, value in told.items())
        ]
        assert 1 == len(same), (method, told, [item.as_dict() for item in found])


def test_work_done_before_is_history():
    """Ten days after an excision, the excision is history and the visit did none."""
    [item] = read_note(NOTHING_DONE["wound_care"]).procedures

    assert ("excision", "historical") == (item["method"].value, item["status"].value)


def test_an_adverb_is_no_place():
    """What "came back" as a carcinoma was not on the back."""
    items = read_note(NOTHING_DONE["consult_moh_plan"]).procedures

    assert {None} == {item["site"].value for item in items}
