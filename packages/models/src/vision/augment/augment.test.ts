import { image as images, jit, np, random, type Tensor, tree, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../../test/golden.js'
import { ofMasks } from '../boxes.js'
import * as augment from './index.js'

interface Golden {
  readonly image: Numbers
  readonly affine: readonly {
    readonly rotation: number
    readonly translation: readonly [number, number]
    readonly scale: number
    readonly shear: number
    readonly sampling: augment.Sampling
    readonly out: Numbers
  }[]
  readonly crops: readonly { readonly size: [number, number]; readonly out: Numbers }[]
}
const { image: given, affine, crops } = golden<Golden>('augment')
const image = np.array(given as never)
const key = random.key(7)

const [height, width] = [24, 32] as const
/** A scene of rectangles, whose masks are what is under their boxes. */
const sceneOf = (rectangles: readonly (readonly [number, number, number, number])[]) => {
  const boxes = np.array(rectangles.map(([x, y, w, h]) => [x, y, Math.min(x + w, width), Math.min(y + h, height)]))
  const within = (low: number, high: number, count: number): Tensor =>
    np.logicalAnd(
      np.arange(count).ge(np.expandDims(boxes.slice({}, low), 1)),
      np.arange(count).lt(np.expandDims(boxes.slice({}, high), 1)),
    )
  const masks = np.logicalAnd(np.expandDims(within(1, 3, height), 2), np.expandDims(within(0, 2, width), 1))
  return {
    image: random.uniform(random.key(1), [height, width, 3]),
    boxes,
    valid: np.ones([rectangles.length], { dtype: 'bool' }),
    masks,
    keypoints: boxes.slice({}, { stop: 2 }).add(0.5),
    visible: np.ones([rectangles.length], { dtype: 'bool' }),
    labels: np.arange(rectangles.length),
  }
}
const rectangle = fc.tuple(
  fc.integer({ min: 0, max: width - 6 }),
  fc.integer({ min: 0, max: height - 6 }),
  fc.integer({ min: 2, max: 20 }),
  fc.integer({ min: 2, max: 16 }),
)
const scenes = fc.array(rectangle, { minLength: 3, maxLength: 3 }).map(sceneOf)
const seeds = fc.integer({ min: 0, max: 1000 }).map((seed) => random.key(seed))

const expectSame = (a: unknown, b: unknown, atol = 0): void => {
  const [one, other] = [tree.leaves(a as never), tree.leaves(b as never)] as readonly (readonly Tensor[])[]
  expect(one?.map((x) => x.shape)).toEqual(other?.map((x) => x.shape))
  one?.forEach((x, i) => {
    const y = other?.[i] as Tensor
    if (atol === 0 || x.dtype === 'bool') expect(x.toArray()).toEqual(y.toArray())
    else expect(np.allclose(x, y, { atol }).item()).toBe(true)
  })
}

const everything = augment.chain(
  augment.flip(),
  augment.flip({ direction: 'vertical' }),
  augment.affine({ rotation: 20, translation: [0.1, 0.1], scale: [0.8, 1.2], shear: 10 }),
  augment.pad([2, 3]),
  augment.crop([20, 24]),
  augment.resizedCrop([16, 16], { scale: [0.4, 1] }),
  augment.colorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1 }),
  augment.cutOut([4, 6], { probability: 0.5 }),
)

describe('chain', () => {
  const [a, b, c] = [augment.flip(), augment.affine({ rotation: 30 }), augment.crop([8, 8])]

  it('is associative, with the empty one as its unit, keys included', () =>
    fc.assert(
      fc.property(scenes, seeds, (scene, k) => {
        const flat = augment.chain(a, b, c)(k, scene)
        expectSame(augment.chain(augment.chain(a, b), c)(k, scene), flat)
        expectSame(augment.Monoid.concat(a, augment.Monoid.concat(b, c))(k, scene), flat)
        expectSame(augment.chain(augment.Monoid.empty, b)(k, scene), b(k, scene))
        expectSame(augment.chain(b, augment.Monoid.empty)(k, scene), b(k, scene))
        expectSame(augment.Monoid.empty(k, scene), scene)
      }),
      { numRuns: 8 },
    ))

  it('takes functions of its own, with keys of their own', () => {
    const noise: augment.AugmentationStep = (k, scene) => ({ ...scene, image: random.normal(k, scene.image.shape) })
    const scene = sceneOf([[0, 0, 4, 4]])
    expect(augment.chain(a, noise)(key, scene).image.toArray()).toEqual(
      random.normal(random.foldIn(key, 1), scene.image.shape).toArray(),
    )
  })

  it('gives under jit and in a batch what it gives alone', () => {
    const scene = sceneOf([
      [2, 3, 9, 9],
      [20, 12, 8, 8],
    ])
    const alone = everything(key, scene)
    expect(alone.image.shape).toEqual([16, 16, 3])
    expectSame(jit((k: Tensor, s: typeof scene) => everything(k, s))(key, scene), alone, 1e-5)
    const batch = tree.map((x: Tensor) => np.stack([x, x, x]), scene) as typeof scene
    const many = augment.batch(everything)(key, batch)
    const keys = [...(random.split(key, 3) as unknown as Iterable<Tensor>)]
    keys.forEach((k, i) => {
      const one = tree.map((x: Tensor) => np.take(x, i, { axis: 0 }), many) as typeof scene
      expectSame(one, everything(k, scene), 1e-5)
    })
  })

  it('does by chance what it is told', () => {
    const scene = sceneOf([[0, 0, 4, 4]])
    const white = augment.sometimes(0.3, (_, s) => ({ ...s, image: np.onesLike(s.image) }))
    const hits = vmap((k: Tensor) => np.all(white(k, scene).image.eq(1)))(random.split(key, 400))
    expect(Math.abs((np.mean(hits.astype('float32')).item() as number) - 0.3)).toBeLessThan(0.08)
    expectSame(augment.sometimes(0, white)(key, scene), scene)
    expect(() => augment.sometimes(0.5, c)(key, scene)).toThrow(/has to keep sizes/)
    expect(() => augment.sometimes(1.5, c)).toThrow(/between 0 and 1/)
    expect(() => augment.chain(augment.flip as never, 3 as never)).toThrow(/argument 2 of 2 is no augmentation/)
  })
})

describe('flip', () => {
  it.each(['horizontal', 'vertical'] as const)('twice is nothing: %s', (direction) =>
    fc.assert(
      fc.property(scenes, seeds, (scene, k) => {
        const once = augment.flip({ direction, probability: 1 })
        expectSame(augment.chain(once, once)(k, scene), scene)
      }),
      { numRuns: 10 },
    ),
  )
})

/** Boxes around the pixels of masks, as corners. */
const around = (masks: Tensor): Tensor => ofMasks(masks).add(np.array([0, 0, 1, 1]))

describe('boxes follow pixels', () => {
  const exact = {
    flip: augment.flip({ probability: 1 }),
    'vertical flip': augment.flip({ direction: 'vertical', probability: 1 }),
    pad: augment.pad([
      [1, 4],
      [3, 0],
    ]),
    crop: augment.crop([14, 19]),
    'quarter turn': augment.chain(augment.crop([24, 24]), augment.affine({ rotation: [90, 90] })),
    'double size': augment.resize([2 * height, 2 * width]),
  }
  it.each(Object.keys(exact) as readonly (keyof typeof exact)[])('to the pixel: %s', (name) =>
    fc.assert(
      fc.property(scenes, seeds, (scene, k) => {
        const { boxes, valid, masks, image } = exact[name](k, scene)
        expect(masks.shape.slice(1)).toEqual(image.shape.slice(0, 2))
        expect(valid.toArray()).toEqual(np.any(masks, { axis: [1, 2] }).toArray())
        const expected = np.where(np.expandDims(valid, 1), around(masks), 0)
        expect(np.allclose(boxes, expected, { atol: 1e-3 }).item()).toBe(true)
      }),
      { numRuns: 15 },
    ),
  )

  it('to a pixel and a half, as far as pixels tell, and never too small: affine maps and resized parts', () => {
    const rough = [
      augment.affine({ rotation: 40, translation: [0.2, 0.2], scale: [0.7, 1.4], shear: 15 }),
      augment.resizedCrop([30, 26], { scale: [0.5, 1] }),
    ]
    fc.assert(
      fc.property(scenes, seeds, fc.constantFrom(...rough), (scene, k, f) => {
        const { boxes, valid, masks } = f(k, scene)
        const some = np.any(masks, { axis: [1, 2] })
        expect(np.all(np.logicalOr(valid, np.logicalNot(some))).item()).toBe(true)
        const tight = around(masks)
        const inside = np.concatenate(
          [
            tight.slice({}, { stop: 2 }).sub(boxes.slice({}, { stop: 2 })),
            boxes.slice({}, { start: 2 }).sub(tight.slice({}, { start: 2 })),
          ],
          { axis: 1 },
        )
        expect(np.all(np.where(np.expandDims(some, 1), inside, 0).ge(-1.5)).item()).toBe(true)
      }),
      { numRuns: 25 },
    )
    // Without a cut at the edges both are the same, up to what sampling of whole pixels can tell.
    const scene = sceneOf([[10, 8, 12, 8]])
    const turned = augment.affine({ rotation: [30, 30] })(key, scene)
    expect(np.max(np.abs(turned.boxes.sub(around(turned.masks)))).item()).toBeLessThanOrEqual(1.5)
    const fitted = augment.chain(augment.affine({ rotation: [30, 30] }), augment.fitBoxes())(key, scene)
    expect(fitted.boxes.toArray()).toEqual(around(fitted.masks).toArray())
  })

  it('keypoints stay on what they mark', () => {
    // A pixel that is marked is where its keypoint, in its middle, says, after any map that keeps its size.
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 23 }), fc.integer({ min: 8, max: 15 }), seeds, (x, y, k) => {
        const dot = np.zeros([height, width, 1]).at(y, x, 0).set(1)
        const scene = { image: dot, keypoints: np.array([[x + 0.5, y + 0.5]]), visible: np.array([true]) }
        const {
          image: out,
          keypoints,
          visible,
        } = augment.chain(
          augment.flip(),
          augment.affine({ rotation: 25, translation: [0.05, 0.05], shear: 5 }),
          augment.pad(1),
        )(k, scene)
        if (!np.all(visible).item()) return
        const total = np.sum(out)
        const middle = (count: number, axis: number): number =>
          np
            .sum(np.sum(out, { axis: [axis, 2] }).mul(np.arange(count).add(0.5)))
            .div(total)
            .item() as number
        const [[px, py]] = keypoints.toArray() as [[number, number]]
        expect(Math.abs(middle(width + 2, 0) - px)).toBeLessThan(0.6)
        expect(Math.abs(middle(height + 2, 1) - py)).toBeLessThan(0.6)
      }),
      { numRuns: 30 },
    )
  })

  it('and count while enough of them is left', () => {
    const scene = {
      image: np.zeros([10, 10, 1]),
      boxes: np.array([
        [0, 0, 4, 4],
        [4, 4, 6, 6],
      ]),
      valid: np.array([true, true]),
    }
    const middle = (minVisible: number) => augment.crop([4, 4], { place: 'centre', minVisible })(key, scene)
    expect(middle(0).boxes.toArray()).toEqual([
      [0, 0, 1, 1],
      [1, 1, 3, 3],
    ])
    expect(middle(0.1).valid.toArray()).toEqual([false, true])
    expect(middle(0.1).boxes.toArray()).toEqual([
      [0, 0, 0, 0],
      [1, 1, 3, 3],
    ])
    const hidden = augment.flip({ probability: 1 })(key, { ...scene, valid: np.array([false, true]) })
    expect(hidden.valid.toArray()).toEqual([false, true])
  })
})

describe('pixels', () => {
  it.each(crops)("of a middle are torchvision's: $size", ({ size, out }) =>
    expectNear(augment.crop(size, { place: 'centre' })(key, { image }).image, out),
  )

  it.each(affine)("of affine maps are torchvision's: $rotation, $translation, $scale, $shear, $sampling", (one) => {
    const { rotation, translation, scale, shear, sampling, out } = one
    const map = augment.affine({ rotation: [rotation, rotation], scale, shear: [shear, shear], sampling })
    // Translations are drawn, and torchvision's are whole pixels: they are done to the image, where it is large enough.
    const [dx, dy] = translation
    const room = 12
    const around = augment.pad(room)(key, { image })
    const there = map(key, around).image
    const [h, w] = image.shape as readonly [number, number]
    const part = there.slice({ start: room - dy, stop: room - dy + h }, { start: room - dx, stop: room - dx + w })
    const [top, left] = [Math.max(0, dy), Math.max(0, dx)]
    expect(part.shape).toEqual(image.shape)
    expectNear(
      part.slice({ start: top }, { start: left }),
      np
        .array(out as never)
        .slice({ start: top }, { start: left })
        .toArray() as Numbers,
      2e-5,
    )
  })

  it('of turned images have the fill around them, whatever the sampling', () => {
    const white = { image: np.full([8, 8, 1], 0.25) }
    for (const sampling of ['nearest', 'linear'] as const) {
      const out = augment.affine({ rotation: [45, 45], sampling, fill: 0.25 })(key, white).image
      expect(np.allclose(out, 0.25).item()).toBe(true)
    }
  })

  it('of resized scenes are those of image.resize, and of parts of the whole size too', () => {
    const out = augment.resize([3, 5], { method: 'cubic' })(key, { image }).image
    expect(out.toArray()).toEqual(images.resize(image, [3, 5, 3], 'cubic').toArray())
    const whole = augment.resizedCrop([3, 4], { scale: [1, 1], ratio: [8 / 6, 8 / 6] })(key, { image }).image
    expectNear(whole, images.resize(image, [3, 4, 3], 'linear').toArray() as Numbers, 1e-5)
  })

  it('of bytes stay bytes', () => {
    const bytes = {
      image: np
        .array(given as never)
        .mul(255)
        .astype('uint8'),
    }
    const out = augment.chain(everything)(key, { image: np.tile(bytes.image, [4, 4, 1]) }).image
    expect(out.dtype).toBe('uint8')
    expect(augment.affine()(key, bytes).image.toArray()).toEqual(bytes.image.toArray())
  })

  it('under a rectangle are cut out, as many as it covers', () => {
    const out = vmap((k: Tensor) => np.sum(augment.cutOut([3, 5])(k, { image: np.ones([9, 9, 1]) }).image))(
      random.split(key, 50),
    )
    expect(np.min(out).item()).toBe(81 - 15)
    expect(np.max(out).item()).toBeLessThanOrEqual(81 - 2 * 3)
  })
})

describe('scenes', () => {
  it('that do not fit together are refused, with a cure', () => {
    const one = augment.flip({ probability: 1 })
    const boxes = np.zeros([2, 4])
    expect(() => one(key, { image: np.ones([2, 4, 4, 3]) })).toThrow(/augment\.batch/)
    expect(() => one(key, { image, boxes })).toThrow(/np\.ones\(boxes\.shape/)
    expect(() => one(key, { image, boxes, valid: np.ones([3], { dtype: 'bool' }) })).toThrow(/one value for each/)
    expect(() => one(key, { image, boxes: boxes.astype('int32'), valid: np.ones([2], { dtype: 'bool' }) })).toThrow(
      /have to be floats/,
    )
    expect(() => one(key, { image, masks: np.ones([2, 5, 5]) })).toThrow(/masks are float32\[2,5,5\]/)
    expect(() => augment.crop([9, 9])(key, { image })).toThrow(/Let augment\.pad/)
    expect(() => augment.crop([0, 2])).toThrow(/the size is \[0,2\]/)
    expect(() => augment.pad(-1)).toThrow(/whole numbers from 0 up/)
    expect(() => augment.affine({ scale: [1, 0.5] })).toThrow(/scale is \[1,0\.5\]/)
    expect(() => augment.fitBoxes()(key, { image })).toThrow(/one for each of them/)
  })
})
