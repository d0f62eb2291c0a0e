"""The names that people bring from OpenAI, fal, Replicate and KIE, and what each is called here.

A table, and no guess: `model` looks like `mode` and means `modelId`. Names are compared without case, `_` and `-`.
"""

import difflib
from collections.abc import Mapping, Sequence

CUTOFF = 0.8  # a slip of the finger; what looks less alike means something else
NEAR_CHARS_MAX = 40  # a longer name is like none of ours

REFERENCES = (
    "image images imageUrl imageUrls imageInput inputImage inputImages initImage sourceImage referenceImage "
    "referenceImages referenceImageUrls reference filesUrl fileUrl inputUrls"
)
SIZES = "imageSize dimensions resolutionPx width height"
COUNTS = "numImages numOutputs numberOfImages numImagesPerPrompt imageCount count nVariants batchSize samples maxImages"
WEBHOOKS = "callbackUrl callback webhook webhookEventsFilter notifyUrl"

FIELDS: Mapping[str, str] = {
    "modelId": "model modelName modelVersion version engine",
    "prompt": "text description instruction instructions caption positivePrompt",
    "references": REFERENCES,
    "mask": "maskUrl maskImage maskInput maskImageUrl",
    "n": COUNTS,
    "size": SIZES,
    "aspectRatio": "ratio aspect imageRatio",
    "outputFormat": "format fileFormat imageType outputMimeType",
    "outputCompression": "compression outputQuality imageQuality",
    "imageFormat": "responseFormat returnType",
    "fallback": "enableFallback allowFallback",
    "previews": "partialImages stream",
    "mode": "task taskType type operation",
    "featureId": "feature preset style stylePreset template",
    "webhookUrl": WEBHOOKS,
    "metadata": "tags labels extra",
    "uploadId": "fileId upload file",
    "url": "href uri link imageUrl",
    "data": "b64Json base64 b64 imageBase64 imageData content",
    "mimeType": "contentType type mime",
    "bytes": "size length contentLength",
    "owner": "user userId account customer ownerId",
    "amount": "credits value quantity",
    "expiresAt": "expires expiry expiration validUntil",
    "jobId": "job id taskId requestId predictionId",
}
SENTENCES: Mapping[str, str] = {
    "input": "send what is in it beside `prompt`, not one level down",
    "idempotencyKey": "send the header `Idempotency-Key`",
    "seed": "no model here takes one",
    "negativePrompt": "no model here takes one; say in `prompt` what should not be there",
    "guidanceScale": "no model here takes it",
    "numInferenceSteps": "no model here takes it; `quality` says how much work is done",
    "steps": "no model here takes it; `quality` says how much work is done",
    "strength": "no model here takes it; say in `prompt` how much should change",
    "moderation": "the stage decides it",
    "enableSafetyChecker": "the stage decides it",
    "safetyTolerance": "the stage decides it",
    "user": "who asks is known by the credentials",
    "syncMode": "POST /api/generate-images waits, POST /api/aiimage/start does not",
}


def hint(name: str, ours: Sequence[str]) -> str:
    """What an unknown field may have meant, of the fields that there are here; "" where nothing can be said."""
    if len(name) > NEAR_CHARS_MAX:
        return ""
    plain = _plain(name)
    for field in ours:
        if plain == _plain(field) or plain in _OTHERS.get(field, ()):
            return f"did you mean {field}?"
    if plain in _SENTENCES:
        return _SENTENCES[plain]
    if any(plain in others for others in _OTHERS.values()):
        return ""  # it means something that this object has not
    near = difflib.get_close_matches(plain, map(_plain, ours), n=1, cutoff=CUTOFF)
    return next((f"did you mean {field}?" for field in ours if _plain(field) in near), "")


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


_OTHERS = {field: frozenset(map(_plain, names.split())) for field, names in FIELDS.items()}
_SENTENCES = {_plain(name): sentence for name, sentence in SENTENCES.items()}
