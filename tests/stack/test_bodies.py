"""The contract's own bodies, verbatim, as a stranger with curl would send them."""

import base64
import io

from PIL import Image

from tests.stack.client import Client
from tests.stack.stack import Stack

CAMERA = (
    b'{"prompt": "Editorial product shot of a silver camera on a soft gray desk, crisp studio lighting,'
    b' premium ad style", "provider": "openai", "modelId": "dall-e-3", "aspectRatio": "1:1"}'
)
SKYLINE = (
    b'{"prompt": "Minimalist poster of a moonlit city skyline, clean contrast, cinematic mood", "provider": "openai",'
    b' "modelId": "dall-e-3", "aspectRatio": "3:2"}'
)
LAMP = (
    b'{"featureId": "ai-baby-image", "mode": "text_to_image", "modelId": "gpt-image-2-t2i",'
    b' "prompt": "Premium product render of a ceramic lamp on a walnut side table, warm interior lighting",'
    b' "aspectRatio": "1:1"}'
)
JSON = {"Content-Type": "application/json"}


def quick(who: Client, body: bytes) -> tuple[dict[str, object], bytes]:
    """What the quick route answers and the picture; a provider slower than the door makes it a job to wait for."""
    answer = who.ask("POST", "/api/generate-images", content=body, headers=JSON).expect(200, 202)
    if answer.get("image"):
        return answer, base64.b64decode(answer["image"])
    done = who.wait(answer)
    assert done["status"] == "succeeded", done
    return {**answer, **done, **done["images"][0]}, who.picture(done)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def caller(stack: Stack) -> Client:
    """Nobody, where the stage lets strangers in; somebody with credits elsewhere."""
    return stack.nobody if stack.local else stack.someone(credits=20)


def test_the_silver_camera_is_answered_as_the_contract_says(stack: Stack) -> None:
    answer, picture = quick(caller(stack), CAMERA)

    assert answer["provider"] == "openai"
    assert (answer["width"], answer["height"], answer["mimeType"]) == (1024, 1024, "image/png")
    assert (answer["modelId"], answer["requestedModelId"]) == ("gpt-image-2", "dall-e-3")
    assert "dall-e-3 was retired on 2026-05-12; gpt-image-2 served this" in str(answer["warnings"])
    assert opened(picture).size == (1024, 1024)


def test_the_moonlit_city_is_three_by_two(stack: Stack) -> None:
    answer, picture = quick(caller(stack), SKYLINE)

    assert (answer["width"], answer["height"]) == (1536, 1024)
    assert opened(picture).size == (1536, 1024)


def test_the_ceramic_lamp_is_a_job_for_six_credits(stack: Stack) -> None:
    ann = stack.someone(credits=100)

    answer = ann.ask("POST", "/api/aiimage/start", content=LAMP, headers=JSON)

    job = answer.expect(202)
    assert job["status"] == "queued"
    assert job["credits"] == {"held": 6, "available": 94}
    assert (job["modelId"], job["requestedModelId"]) == ("gpt-image-2", "gpt-image-2-t2i")
    assert "Premium product render of a ceramic lamp" in job["effectivePrompt"]
    assert answer.headers["location"] == job["statusUrl"]
    done = ann.wait(job)
    assert done["charge"] == {"held": 6, "charged": 6, "returned": 0}
    assert opened(ann.picture(done)).size == (1024, 1024)


def test_ai_image_is_the_same_door(stack: Stack) -> None:
    ann = stack.someone(credits=10)

    job = ann.ask("POST", "/api/ai-image", content=LAMP, headers=JSON).expect(202)

    assert ann.wait(job)["status"] == "succeeded"
