"""Unknown keys and names in the configuration."""

from .configuration import invalid

NEW = "missing, but a new entry needs a method"
#: What is unknown, the overlay, and the message.
UNKNOWN = [
    ("section", "atacks: []", "atacks: unknown key; did you mean 'attacks'?"),
    (
        "colon without a blank",
        "dataset: {manifest: {path:my/labels.csv}}",
        "dataset.manifest.path:my/labels.csv: unknown key; put a blank after the colon: "
        "'path: my/labels.csv'",
    ),
    ("key", "model: {weight: x}", "model.weight: unknown key; did you mean 'weights'?"),
    (
        "setting",
        "attack_settings: {fgsm: {epsilom: 1.0}}",
        "attack_settings.fgsm.epsilom: unknown key; did you mean 'epsilon'?",
    ),
    (
        "key of a window",
        "attack_settings: {ssim_ball: {window: {siz: 7}}}",
        "attack_settings.ssim_ball.window.siz: unknown key; did you mean 'size'?",
    ),
    (
        "setting of an explanation",
        "explanation_settings: {grad_cam: {layr: x}}",
        "explanation_settings.grad_cam.layr: unknown key; did you mean 'layer'?",
    ),
    (
        "key like no other",
        "explanation_settings: {cam: {layer: features}}",
        "explanation_settings.cam.layer: unknown key; known keys here: method",
    ),
    (
        "attack",
        "attacks: [fgsn]",
        "attacks: 'fgsn' has no entry in attack_settings; did you mean 'fgsm'?",
    ),
    (
        "method",
        "attack_settings: {new: {method: fgsn}}",
        "attack_settings.new.method: there is no 'fgsn'; did you mean 'fgsm'?",
    ),
    (
        "entry",
        "attack_settings: {fgms: {epsilon: 0.1}}",
        f"attack_settings.fgms.method: {NEW}; did you mean the entry 'fgsm'?",
    ),
    (
        "entry like no other",
        "attack_settings: {mine: {epsilon: 0.1}}",
        f"attack_settings.mine.method: {NEW}; known: fgsm, bim, …, corruption",
    ),
    (
        "target",
        "attack_settings: {fgsm: {target: likely}}",
        "attack_settings.fgsm.target: input should be a valid integer or 'least_likely' or "
        "'random', not 'likely'",
    ),
    (
        "explanation",
        "explanations: [cam, gradcam]",
        "explanations: 'gradcam' has no entry in explanation_settings; did you mean 'grad_cam'?",
    ),
    (
        "method of an explanation",
        "explanation_settings: {new: {method: lime}}",
        "explanation_settings.new.method: there is no 'lime'; known: cam, grad_cam, "
        "grad_cam_plus_plus, layer_cam, score_cam, gradient, smoothgrad",
    ),
    (
        "distortion",
        "overlap: {distortions: [square]}",
        "overlap.distortions: there is no 'square'; did you mean 'squared'?",
    ),
    (
        "device",
        "execution: {device: gpu}",
        "execution.device: input should be 'auto', 'cpu' or 'cuda', not 'gpu'",
    ),
    (
        "data set",
        "dataset: {kind: coco}",
        "dataset.kind: input should be 'demo', 'foolbox', 'manifest' or 'imagenet', not 'coco'",
    ),
]
CASES = [invalid(f"unknown {what}", overlay, message) for what, overlay, message in UNKNOWN]
