"""Impossible values in the configuration."""

from .configuration import invalid

NAME = "input should be letters, digits, _, - and . only, at most 100, beginning with a letter or "
NAME += "digit"
FILE_NAME = "becomes a file name; use at most 100 letters A to Z, digits, _ and -"
KEYS = "input should be keys with values"
#: What is wrong, the overlay, and the message.
WRONG = [
    ("key that is a number", "3: 4", "3: keys should be strings, not 3"),
    ("word for a number", "seed: one", "seed: input should be a valid integer, not 'one'"),
    ("part of an integer", "seed: '1.5'", "seed: input should be a valid integer, not 1.5"),
    ("negative seed", "seed: -1", "seed: input should be greater than or equal to 0, not -1"),
    ("share above 1", "overlap: {top: 1.5}", "overlap.top: input should be less than 1, not 1.5"),
    (
        "division by zero",
        "attack_settings: {ssim_ball: {tau: 8/0}}",
        "attack_settings.ssim_ball.tau: input should be a valid number, not '8/0'",
    ),
    (
        "bracket of a local ball",
        "attack_settings: {ssim_ball: {model: L, bracket: true}}",
        "attack_settings.ssim_ball: bracket: it is for a mean constraint alone, model Q or S "
        "without epsilon_local; leave it false",
    ),
    (
        "infinite budget",
        "attack_settings: {pgd_l2: {epsilon: .inf}}",
        "attack_settings.pgd_l2.epsilon: input should be a finite number, not inf",
    ),
    (
        "mean that is no number",
        "model: {mean: [.nan, 0.5, 0.5]}",
        "model.mean.0: input should be a finite number, not nan",
    ),
    (
        "mean of one channel",
        "model: {mean: [0.5]}",
        "model.mean: input should have 3 or more items, not [0.5]",
    ),
    (
        "section without keys",
        "model:",
        f"model: {KEYS}, not None; give a value, or remove the key to keep its default",
    ),
    ("value for a section", "subset: 4", f"subset: {KEYS}, not 4"),
    (
        "empty subset",
        "subset: {images: 0}",
        "subset.images: input should be greater than 0 or 'all', not 0",
    ),
    (
        "list for a number",
        "subset: {images: [3]}",
        "subset.images: input should be a valid integer or 'all', not [3]",
    ),
    (
        "too many scenes",
        "subset: {images: 500}",
        "subset.images: 500 is more than the 400 generated scenes; lower it, or raise "
        "dataset.demo.images",
    ),
    (
        "no noise",
        "region_noise: {sigma: 0}",
        "region_noise.sigma: input should be greater than 0, not 0",
    ),
    (
        "noise in levels",
        "region_noise: {sigma: 51}",
        "region_noise.sigma: input should be less than or equal to 1, not 51",
    ),
    (
        "no random sets",
        "region_noise: {random_sets: 0}",
        "region_noise.random_sets: input should be greater than or equal to 1, not 0",
    ),
    (
        "no such attack to confine",
        "region_test: {attack: ssim_bal}",
        "region_test.attack: 'ssim_bal' is not among the run's attacks; did you mean 'ssim_ball'?",
    ),
    (
        "an attack that cannot be confined",
        "region_test: {attack: fgsm}",
        "region_test.attack: 'fgsm' cannot be confined to a region; name an attack of method "
        "ssim_ball with one step, no target and no relinearising",
    ),
    ("run beside results", "run: ../x", f"run: {NAME}, not '../x'"),
    ("run elsewhere", "run: /x", f"run: {NAME}, not '/x'"),
    ("run with a folder", "run: a/b", f"run: {NAME}, not 'a/b'"),
    ("run of dots", "run: ..", f"run: {NAME}, not '..'"),
    ("run of a long name", f"run: {101 * 'a'}", f"run: {NAME}, not '{101 * 'a'}'"),
    ("run without a name", "run: ''", f"run: {NAME}, not ''"),
    (
        "run that is a number",
        "run: 2024",
        "run: input should be text, not 2024; put it in quotes",
    ),
    (
        "run named by a day",
        "run: 2024-05-01",
        "run: input should be text, not datetime.date(2024, 5, 1); put it in quotes",
    ),
    ("one attack", "attacks: fgsm", "attacks: input should be a list, not 'fgsm'; write [fgsm]"),
    ("no attack", "attacks: []", "attacks: input should have 1 or more items, not []"),
    ("an attack twice", "attacks: [fgsm, fgsm]", "attacks: 'fgsm' is listed twice; remove one"),
    (
        "attack named like a path",
        "{attacks: [a/b], attack_settings: {a/b: {method: fgsm}}}",
        f"attack_settings: 'a/b' {FILE_NAME}",
    ),
    (
        "attack with an umlaut",
        "{attacks: [grün], attack_settings: {grün: {method: fgsm}}}",
        f"attack_settings: 'grün' {FILE_NAME}",
    ),
    (
        "network named like a path",
        "sensitivity: {networks: {a/b: {}}}",
        f"sensitivity.networks.a/b: {NAME}, not 'a/b'",
    ),
    (
        "budget of the other norm",
        "attack_settings: {new: {method: pgd, norm: l2}}",
        "attack_settings.new: epsilon: give a budget for norm l2, e.g. 4.0 for 224 x 224 pixels",
    ),
    (
        "windows that leave pixels out",
        "attack_settings: {ssim_ball: {window: {stride: 20}}}",
        "attack_settings.ssim_ball.window: stride: 20 leaves pixels between windows of 11; at most "
        "size",
    ),
    (
        "class the network lacks",
        "attack_settings: {pgd_l2: {target: 10}}",
        "attack_settings.pgd_l2.target: there is no class 10; the network's 10 classes are 0 to 9",
    ),
    (
        "class below 0",
        "attack_settings: {pgd_l2: {target: -1}}",
        "attack_settings.pgd_l2.target: input should be greater than or equal to 0 or "
        "'least_likely' or 'random', not -1",
    ),
    (
        "no explanation",
        "explanations: []",
        "explanations: cam is missing; add it, since overlap is measured with it",
    ),
    (
        "explanation of attacked images alone",
        "{explanations: [cam], attacked_explanations: [layer_cam]}",
        "attacked_explanations: 'layer_cam' has no entry in explanations; known: cam",
    ),
    (
        "another method called cam",
        "explanation_settings: {cam: {method: gradient}}",
        "explanation_settings.cam: this entry must have method cam; give another method an entry "
        "of another name",
    ),
    (
        "layer without a name",
        "explanation_settings: {grad_cam: {layer: ''}}",
        "explanation_settings.grad_cam.layer: string should have at least 1 character, not ''",
    ),
    (
        "manifest without a path",
        "dataset: {kind: manifest}",
        "dataset.manifest.path: missing; name the CSV file of the photographs",
    ),
    (
        "ImageNet without a folder",
        "dataset: {kind: imagenet}",
        "dataset.imagenet.root: missing; name the folder of validation images",
    ),
    (
        "ImageNet with ten classes",
        "dataset: {kind: imagenet, imagenet: {root: x}}",
        "model.num_classes: ImageNet has 1000 classes, not 10; set it to 1000 and name weights "
        "with as many",
    ),
    (
        "too few classes for the demo",
        "model: {num_classes: 5}",
        "model.num_classes: the scenes have labels 0 to 9, so a network needs 10 classes or more, "
        "not 5; use another network or data set",
    ),
    (
        "sha256 of what is shipped",
        f"model: {{sha256: '{'0' * 64}'}}",
        "model.sha256: the weights 'demo' are part of the package; set this key to null",
    ),
    (
        "half a sha256",
        "model: {weights: w.pth, sha256: abc}",
        "model.sha256: input should be 64 digits 0 to 9 and a to f, not 'abc'",
    ),
    (
        "smaller than the crop",
        "preprocessing: {resize: 200}",
        "preprocessing.resize: 200 is smaller than the crop of 224; raise it, or lower "
        "preprocessing.crop",
    ),
]
CASES = [invalid(name, overlay, message) for name, overlay, message in WRONG]
