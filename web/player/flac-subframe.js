// One channel of one FLAC block: chooses how to write it, by counting bits, and writes it (RFC 9639, section 9.2).

import { MAX_BITS } from './bits.js'

/** Orders of the fixed predictors (section 9.2.5): the k-th difference of the signal, 0 being the signal itself. */
const MAX_ORDER = 4
/** 2 ** 5 partitions of at least 32 samples, each with a Rice parameter of its own (section 9.2.7). */
const MAX_PARTITION_ORDER = 5
const PARTITIONS = 1 << MAX_PARTITION_ORDER
const MIN_PARTITION_SAMPLES = 32
/** Parameters have four bits, and 15 would mean "written plainly". */
const MAX_RICE = 14

export const CONSTANT = 0
export const VERBATIM = 1
export const FIXED = 8

/** How a channel is to be written, and what that costs. Reused from block to block, so that nothing is allocated. */
export class SubframePlan {
  /** CONSTANT, VERBATIM or FIXED, as the subframe header spells them (section 9.2.1); FIXED wants `order` added. */
  kind = VERBATIM
  order = 0
  partitionOrder = 0
  /** Rice parameter of each partition. */
  rice = new Uint8Array(PARTITIONS)
  /** Bits of one sample: 16, or 17 in the side channel. */
  width = 16
  /** Cost of the whole subframe, in bits; exact but for FIXED, where it is never too low. */
  bits = 0
}

// Scratch that is filled and read inside one call only.
const sums = new Float64Array(PARTITIONS)
const candidate = new Uint8Array(PARTITIONS)

/**
 * Fills `plan` with the cheapest way to write samples[0, count).
 * @param {SubframePlan} plan
 * @param {Int32Array} samples
 * @param {number} count at least 1
 * @param {number} width bits of a sample
 * @param {boolean} compress false: verbatim, whatever the samples are
 */
export function planSubframe(plan, samples, count, width, compress) {
  plan.kind = VERBATIM
  plan.width = width
  plan.bits = 8 + count * width
  if (!compress) return
  if (isConstant(samples, count)) {
    plan.kind = CONSTANT
    plan.bits = 8 + width
    return
  }
  if (count <= MAX_ORDER) return
  const order = bestOrder(samples, count)
  const bits = 8 + order * width + planRice(plan, samples, count, order)
  if (bits < plan.bits) {
    plan.kind = FIXED
    plan.order = order
    plan.bits = bits
  }
}

/**
 * @param {Int32Array} samples
 * @param {number} count
 */
function isConstant(samples, count) {
  for (let i = 1; i < count; i++) if (samples[i] !== samples[0]) return false
  return true
}

/**
 * The difference that stays smallest in sum, all five taken in one pass: each is the change of the one before.
 * @param {Int32Array} samples
 * @param {number} count above MAX_ORDER
 */
function bestOrder(samples, count) {
  let [total0, total1, total2, total3, total4] = [0, 0, 0, 0, 0]
  let last0 = samples[3]
  let last1 = samples[3] - samples[2]
  let last2 = last1 - (samples[2] - samples[1])
  let last3 = last2 - (samples[2] - 2 * samples[1] + samples[0])
  for (let i = MAX_ORDER; i < count; i++) {
    const error0 = samples[i]
    const error1 = error0 - last0
    const error2 = error1 - last1
    const error3 = error2 - last2
    const error4 = error3 - last3
    total0 += error0 < 0 ? -error0 : error0
    total1 += error1 < 0 ? -error1 : error1
    total2 += error2 < 0 ? -error2 : error2
    total3 += error3 < 0 ? -error3 : error3
    total4 += error4 < 0 ? -error4 : error4
    last0 = error0
    last1 = error1
    last2 = error2
    last3 = error3
  }
  let order = 0
  let least = total0
  if (total1 < least) [order, least] = [1, total1]
  if (total2 < least) [order, least] = [2, total2]
  if (total3 < least) [order, least] = [3, total3]
  if (total4 < least) order = 4
  return order
}

/**
 * The prediction error of one sample, folded to a number that is not negative: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.
 * @param {Int32Array} x
 * @param {number} i at least `order`
 * @param {number} order
 */
function foldedError(x, i, order) {
  let error = x[i]
  if (order === 1) error -= x[i - 1]
  else if (order === 2) error += x[i - 2] - 2 * x[i - 1]
  else if (order === 3) error += 3 * (x[i - 2] - x[i - 1]) - x[i - 3]
  else if (order === 4) error += x[i - 4] + 6 * x[i - 2] - 4 * (x[i - 1] + x[i - 3])
  return (error << 1) ^ (error >> 31)
}

/**
 * Chooses partitions and their Rice parameters.
 * @param {SubframePlan} plan receives partitionOrder and rice
 * @param {Int32Array} samples
 * @param {number} count
 * @param {number} order of the predictor
 * @returns {number} bits of the coded residual, at most
 */
function planRice(plan, samples, count, order) {
  let partitionOrder = 0
  while (
    partitionOrder < MAX_PARTITION_ORDER &&
    count % (2 << partitionOrder) === 0 &&
    count >> (partitionOrder + 1) >= MIN_PARTITION_SAMPLES
  ) partitionOrder++

  const size = count >> partitionOrder
  for (let part = 0, i = order; part < 1 << partitionOrder; part++) {
    let sum = 0
    for (const end = (part + 1) * size; i < end; i++) sum += foldedError(samples, i, order)
    sums[part] = sum
  }
  let least = Infinity
  for (; partitionOrder >= 0; partitionOrder--) {
    const parts = 1 << partitionOrder
    let bits = 2 + 4
    for (let part = 0; part < parts; part++) {
      const codes = (count >> partitionOrder) - (part === 0 ? order : 0)
      const parameter = bestRice(sums[part], codes)
      candidate[part] = parameter
      bits += 4 + riceBits(sums[part], codes, parameter)
      if (part & 1) sums[part >> 1] = sums[part - 1] + sums[part] // the next coarser level, in place
    }
    if (bits < least) {
      least = bits
      plan.partitionOrder = partitionOrder
      plan.rice.set(candidate)
    }
  }
  return least
}

/**
 * Bits of `count` codes, at most: the rounding down of each quotient is not counted.
 * @param {number} sum of the folded errors
 * @param {number} count
 * @param {number} parameter
 */
function riceBits(sum, count, parameter) {
  return count * (parameter + 1) + Math.floor(sum / (1 << parameter))
}

/**
 * @param {number} sum
 * @param {number} count
 */
function bestRice(sum, count) {
  let parameter = 0
  let least = riceBits(sum, count, 0)
  while (parameter < MAX_RICE) {
    const bits = riceBits(sum, count, parameter + 1)
    if (bits >= least) break
    least = bits
    parameter++
  }
  return parameter
}

/**
 * @param {import('./bits.js').BitWriter} writer
 * @param {SubframePlan} plan
 * @param {Int32Array} samples
 * @param {number} count
 */
export function writeSubframe(writer, plan, samples, count) {
  const mask = (1 << plan.width) - 1
  writer.put((plan.kind === FIXED ? FIXED + plan.order : plan.kind) << 1, 8)
  const plain = plan.kind === CONSTANT ? 1 : plan.kind === VERBATIM ? count : plan.order
  for (let i = 0; i < plain; i++) writer.put(samples[i] & mask, plan.width)
  if (plan.kind !== FIXED) return
  writer.put(plan.partitionOrder, 6) // two zero bits: parameters of four bits
  const size = count >> plan.partitionOrder
  for (let part = 0, i = plan.order; part < 1 << plan.partitionOrder; part++) {
    const parameter = plan.rice[part]
    const stop = 1 << parameter
    writer.put(parameter, 4)
    for (const end = (part + 1) * size; i < end; i++) {
      const folded = foldedError(samples, i, plan.order)
      let zeros = folded >>> parameter
      for (; zeros + 1 + parameter > MAX_BITS; zeros -= zeros < MAX_BITS ? zeros : MAX_BITS) {
        writer.put(0, zeros < MAX_BITS ? zeros : MAX_BITS)
      }
      writer.put(stop | (folded & (stop - 1)), zeros + 1 + parameter)
    }
  }
}
