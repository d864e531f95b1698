"""What is known of names that people write, beside the terms' own: checked by hand, one by one."""

from __future__ import annotations

ALSO_CALLED = {
    "3rd ventricle": "Third ventricle",
    "4th ventricle": "Fourth Ventricle",
    "accumbens": "Nucleus Accumbens",
    "accumbens area": "Nucleus Accumbens",
    "adrenal": "Adrenal gland",
    "airway": "Airway structure",
    "brachiocephalic artery": "Innominate artery",
    "brachiocephalic trunk": "Innominate artery",
    "brachiocephalic vein": "Innominate vein",
    "brainstem": "Brain Stem",
    "breastbone": "Sternum",
    "caudate": "Caudate Nucleus",
    "celiac artery": "Truncus coeliacus",
    "celiac trunk": "Truncus coeliacus",
    "cerebellum cortex": "Cerebellar Cortex",
    "cerebellum white matter": "Cerebellar White Matter",
    "collarbone": "Clavicle",
    "csf": "Cerebrospinal Fluid",
    "gall bladder": "Gallbladder",
    "hyoid": "Hyoid bone",
    "ivc": "Inferior vena cava",
    "jawbone": "Mandible",
    "kneecap": "Patella",
    "large bowel": "Large intestine",
    "lens of eye": "Lens",
    "lower jaw": "Mandible",
    "orbit": "Orbital structure",
    "pallidum": "Globus Pallidus",
    "parathyroid gland": "Parathyroid",
    "parotid": "Parotid gland",
    "peritoneum": "Peritioneum",
    "pituitary gland": "Pituitary",
    "primary tumor": "Neoplasm, Primary",
    "pubic symphysis": "Symphysis pubis",
    "pulmonary trunk": "Trunk of pulmonary artery",
    "shinbone": "Tibia",
    "shoulder blade": "Scapula",
    "sigmoid": "Sigmoid colon",
    "small bowel": "Small intestine",
    "spinal canal": "Vertebral canal",
    "suprarenal gland": "Adrenal gland",
    "svc": "Superior vena cava",
    "thymus gland": "Thymus",
    "thyroid gland": "Thyroid",
    "tumor": "Neoplasm",
    "urinary bladder": "Bladder",
    "windpipe": "Trachea",
}
"""Meanings of the list, by what else they are called."""

SAYS_TOO_LITTLE = frozenset(
    (
        "Atrium", "Back", "Baffle", "Calyx", "Carina", "Digit", "Extremity", "Fascial layer", "Head",
        "Hilar Artery", "Hip", "Iliac and/or femoral artery", "Intima", "Joint", "Lobar Artery", "Media",
        "Neck", "Normal", "Organ", "Parasternal", "Pelvis", "Phantom", "Segmental Artery", "Subcostal",
        "Submental", "Trunk", "Venous network", "Ventricle", "Wing",
    )
)  # fmt: skip
"""Terms whose names labels use for other things too, such as the head of a pancreas or the hip bone."""

PAIRED = frozenset(
    meaning.strip()
    for line in """
    Acetabulum; Adrenal gland; Amygdala; Ankle joint; Anterior Cerebral Artery; Anterior tibial artery
    Anterior Tibial Vein; Axilla; Axillary Artery; Axillary vein; Basilic vein; Brachial artery
    Brachial plexus; Brachial vein; Breast; Buttock; Calcaneus; Carotid Artery; Carotid Bifurcation
    Caudate Nucleus; Cephalic vein; Cerebellar Cortex; Cerebellar White Matter; Cerebral cortex
    Cerebral hemisphere; Cerebral White Matter; Cheek; Clavicle; Common carotid artery
    Common Femoral Artery; Common Femoral Vein; Common iliac artery; Common iliac vein; Cornea
    Deltoid muscle; Ear; Elbow joint; Epididymis; Erector spinae muscle; External carotid artery
    External ear; External iliac artery; External iliac vein; External jugular vein; Eye; Eyeball; Eyelid
    Fallopian tube; Femoral artery; Femoral head; Femoral vein; Femur; Fibula; Foot; Forearm; Frontal lobe
    Frontal sinus; Globus Pallidus; Great saphenous vein; Hand; Hip joint; Hippocampus; Humerus
    Iliac artery; Iliac Crest; Iliac vein; Iliocostalis muscle; Ilium; Infraspinatus muscle; Inner ear
    Innominate vein; Insula; Internal Auditory Canal; Internal carotid artery; Internal iliac artery
    Internal iliac vein; Internal jugular vein; Internal mammary artery; Ischium; Kidney; Knee; Knee joint
    Lacrimal gland; Lateral Ventricle; Latissimus dorsi muscle; Lens; Longissimus muscle; Lower leg
    Lower limb; Lower lobe of lung; Lung; Maxilla; Maxillary sinus; Middle Cerebral Artery; Middle ear
    Nucleus Accumbens; Occipital lobe; optic nerve; Optic radiation; Optic tract; Orbital structure; Ovary
    Parietal bone; Parietal lobe; Parotid gland; Patella; Pectoralis major muscle; Pectoralis minor muscle
    Peroneal artery; Peroneal Vein; Pleura; Popliteal artery; Popliteal Vein; Posterior Cerebral Artery
    Posterior tibial artery; Posterior Tibial Vein; Putamen; Radial artery; Radial vein; Radius
    Renal artery; Renal pelvis; Renal vein; Retina; Sacroiliac joint; Scapula; Sclera; Seminal Vesicle
    Serratus anterior muscle; Shoulder; Spinalis muscle; Sternoclavicular joint; Sternocleidomastoid muscle
    Subclavian artery; Subclavian vein; Submandibular gland; Subscapularis muscle; Substantia nigra
    Superficial Femoral Artery; Superficial Femoral Vein; Supraspinatus muscle; Talus; Temporal Bone
    Temporal lobe; Temporomandibular joint; Teres major muscle; Teres minor muscle; Testis; Thalamus; Thigh
    Tibia; Trapezius muscle; Ulna; Ulnar artery; Ulnar vein; Upper arm; Upper limb; Upper lobe of lung
    Ureter; Vertebral artery; Wrist joint; Zygoma
    """.strip().splitlines()
    for meaning in line.split(";")
)
"""Terms of which a body has one on each side; of others "left" says a part, or nothing."""
