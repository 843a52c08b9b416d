"""From a linear render to a photograph: exposure, tone curve, defects, JPEG."""

import numpy as np
from PIL import Image, ImageFile

LUMA = np.array([0.2126, 0.7152, 0.0722])


def convolve(img, kernel):
    """Two-dimensional convolution with edge padding, by FFT."""
    k = kernel.shape[0] // 2
    squeeze = img.ndim == 2
    img = np.pad(img[..., None] if squeeze else img, ((k, k), (k, k), (0, 0)), mode="edge")
    shape = img.shape[:2]
    f = np.fft.rfft2(kernel, shape)[..., None]
    out = np.fft.irfft2(np.fft.rfft2(img, axes=(0, 1)) * f, shape, axes=(0, 1))[2 * k :, 2 * k :]
    return out[..., 0] if squeeze else out


def disc(radius):
    k = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-k : k + 1, -k : k + 1]
    d = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return d / d.sum()


def streak(length, angle):
    k = int(np.ceil(length / 2)) + 1
    out = np.zeros((2 * k + 1, 2 * k + 1))
    for t in np.linspace(-length / 2, length / 2, int(length * 6) + 2):
        x, y = k + t * np.cos(angle), k + t * np.sin(angle)
        i, j = int(y), int(x)
        fy, fx = y - i, x - j
        out[i, j] += (1 - fy) * (1 - fx)
        out[i, j + 1] += (1 - fy) * fx
        out[i + 1, j] += fy * (1 - fx)
        out[i + 1, j + 1] += fy * fx
    return out / out.sum()


def draw_defects(rng, share):
    """Levels of the defects of one photo: with probability `share` one or two, else none but grain.

    defocus: disc radius, motion: streak length, both as a share of the long side; exposure: stops;
    noise: standard deviation at mid grey; cast: gains of red and blue; jpeg: quality."""
    d = {
        "defocus": 0.0,
        "motion": 0.0,
        "motion_angle": 0.0,
        "exposure": 0.0,
        "noise": 0.004,
        "cast": [1.0, 1.0],
        "jpeg": int(rng.integers(88, 97)),
    }
    if rng.random() < share:
        for name in rng.choice(
            ["defocus", "motion", "under", "over", "noise", "cast", "jpeg"], int(rng.integers(1, 3)), replace=False
        ):
            if name == "defocus":
                d["defocus"] = float(rng.uniform(0.003, 0.016))
            elif name == "motion":
                d["motion"], d["motion_angle"] = float(rng.uniform(0.008, 0.05)), float(rng.uniform(0, np.pi))
            elif name == "under":
                d["exposure"] = float(rng.uniform(-2.6, -1.0))
            elif name == "over":
                d["exposure"] = float(rng.uniform(0.8, 1.9))
            elif name == "noise":
                d["noise"] = float(rng.uniform(0.015, 0.06))
            elif name == "cast":
                d["cast"] = [float(rng.uniform(0.75, 1.35)), float(rng.uniform(0.65, 1.3))]
            else:
                d["jpeg"] = int(rng.integers(25, 60))
    return {k: (round(v, 4) if isinstance(v, float) else v) for k, v in d.items()}


def expose(img, alpha, bright):
    """Gain: a `bright` background comes to paper white; otherwise the scene to middle grey."""
    y = np.maximum(img @ LUMA, 1e-5)
    ground = y[alpha < 0.02]
    if bright and len(ground):
        return 1.0 / max(np.percentile(ground, 40), 1e-3)
    subject = y[alpha > 0.5]
    key = np.exp(np.mean(np.log(y)))
    if len(subject):
        key = key**0.5 * np.exp(np.mean(np.log(subject))) ** 0.5
    gain = 0.2 / key
    return float(np.clip(gain, 0.35 / np.percentile(y, 95), 1.3 / np.percentile(y, 95)))


def develop(img, alpha, rng, defects, bright):
    """8-bit sRGB photo and the matte, both with the camera-wide blurs of `defects`."""
    img = np.maximum(img, 0) * expose(img, alpha, bright) * 2.0 ** defects["exposure"]
    img = np.minimum(img, 8.0)
    size = max(img.shape[:2])
    for kernel in ([disc(defects["defocus"] * size)] if defects["defocus"] else []) + (
        [streak(defects["motion"] * size, defects["motion_angle"])] if defects["motion"] else []
    ):
        img, alpha = np.maximum(convolve(img, kernel), 0), convolve(alpha, kernel)
    img = img * np.array([defects["cast"][0], 1.0, defects["cast"][1]])
    grain = rng.normal(0, 1, img.shape) * 0.8 + rng.normal(0, 1, img.shape[:2])[..., None] * 0.6
    img = img + grain * defects["noise"] * np.sqrt(np.maximum(img, 0) / 0.18 + 0.02)
    return to_8_bit(tone(img, bright)), to_8_bit(np.clip(alpha, 0, 1))


def tone(img, bright):
    """The camera's curve: a shoulder, then sRGB."""
    knee = 0.92 if bright else 0.72
    x = np.maximum(img, 0)
    x = np.where(x < knee, x, knee + (1 - knee) * (1 - np.exp(-(x - knee) / (1 - knee) * (2 if bright else 1))))
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def to_8_bit(values):
    return np.clip(np.round(values * 255), 0, 255).astype(np.uint8)


def colours(img, gain, defects, bright):
    """The developed colours of linear ones: exposure, cast and curve, without blur and grain. `gain` is what
    `expose` gives for the whole photo."""
    img = np.minimum(np.maximum(img, 0) * gain * 2.0 ** defects["exposure"], 8.0)
    return to_8_bit(tone(img * np.array([defects["cast"][0], 1.0, defects["cast"][1]]), bright))


def save_jpeg(pixels, path, quality, orientation=None):
    """Write a JPEG; with EXIF `orientation` 6 the pixels are stored turned, as a phone does."""
    im = Image.fromarray(pixels)
    kw = {}
    if orientation:
        if orientation == 6:
            im = im.transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = orientation
        kw["exif"] = exif.tobytes()
    # An optimised file is written in one piece, for which Pillow's room of a byte a pixel is too little where a
    # photo is full of grain. Raw, a pixel has three.
    room, ImageFile.MAXBLOCK = ImageFile.MAXBLOCK, max(ImageFile.MAXBLOCK, 4 * im.width * im.height)
    try:
        im.save(path, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2, optimize=True, **kw)
    finally:
        ImageFile.MAXBLOCK = room
