// Every sound that can be chosen, by the names people call it: the page's side of server/engines/foley/classes.py, which a
// test holds it to.

/** @typedef {import('../strings.js').Language} Language */
/** @typedef {'hit' | 'step' | 'spot' | 'bed'} Kind */
/** @typedef {{id: string, kind: Kind, en: string, zh: string, materials: readonly string[]}} Sound */

const HARD = ['wood', 'metal', 'glass', 'stone', 'ceramic', 'plastic', 'cardboard', 'soft']
const GROUND = ['concrete', 'wood', 'grass', 'gravel', 'dirt', 'sand', 'snow', 'metal', 'carpet', 'water', 'leaves']

/** @type {Record<string, string>} */
const MATERIALS_IN_CHINESE = {
  wood: '木头',
  metal: '金属',
  glass: '玻璃',
  stone: '石头',
  ceramic: '陶瓷',
  plastic: '塑料',
  cardboard: '纸板',
  soft: '柔软',
  concrete: '水泥',
  grass: '草地',
  gravel: '砾石',
  dirt: '泥土',
  sand: '沙地',
  snow: '雪地',
  carpet: '地毯',
  water: '水',
  leaves: '落叶',
}

/**
 * @param {string} id
 * @param {Kind} kind
 * @param {string} en
 * @param {string} zh
 * @param {readonly string[]} [materials]
 * @returns {Sound}
 */
const sound = (id, kind, en, zh, materials = []) => ({ id, kind, en, zh, materials })

export const SOUNDS = [
  sound('impact', 'hit', 'impact', '撞击', HARD),
  sound('footstep', 'step', 'footsteps', '脚步', GROUND),
  sound('knock', 'hit', 'knock on a door', '敲门', ['wood', 'metal', 'glass']),
  sound('door_open', 'spot', 'door opening', '开门'),
  sound('door_close', 'hit', 'door closing', '关门'),
  sound('door_creak', 'spot', 'creaking door', '门吱呀'),
  sound('glass_break', 'hit', 'breaking glass', '玻璃破碎'),
  sound('punch', 'hit', 'punch', '拳击'),
  sound('clap', 'hit', 'hand clap', '拍手'),
  sound('gunshot', 'hit', 'gunshot', '枪声'),
  sound('explosion', 'hit', 'explosion', '爆炸'),
  sound('splash', 'hit', 'splash', '水花'),
  sound('drip', 'hit', 'dripping water', '滴水'),
  sound('switch', 'hit', 'switch or click', '开关'),
  sound('bell', 'hit', 'bell', '铃声'),
  sound('whoosh', 'spot', 'whoosh', '呼啸'),
  sound('rolling', 'spot', 'rolling', '滚动', HARD),
  sound('sliding', 'spot', 'sliding and scraping', '滑动摩擦', HARD),
  sound('cloth', 'spot', 'rustling cloth', '衣物摩擦'),
  sound('paper', 'spot', 'rustling paper', '翻纸'),
  sound('typing', 'spot', 'typing on a keyboard', '打字'),
  sound('pour', 'spot', 'pouring water', '倒水'),
  sound('bubbles', 'spot', 'bubbles', '气泡'),
  sound('rain', 'bed', 'rain', '雨'),
  sound('wind', 'bed', 'wind', '风'),
  sound('sea', 'bed', 'sea waves', '海浪'),
  sound('stream', 'bed', 'running water', '流水'),
  sound('fire', 'bed', 'crackling fire', '火'),
  sound('thunder', 'spot', 'thunder', '雷'),
  sound('engine', 'bed', 'engine', '发动机'),
  sound('car', 'bed', 'car', '汽车'),
  sound('train', 'bed', 'train', '火车'),
  sound('helicopter', 'bed', 'helicopter', '直升机'),
  sound('airplane', 'bed', 'airplane', '飞机'),
  sound('chainsaw', 'bed', 'chainsaw', '电锯'),
  sound('city', 'bed', 'city street without voices', '城市街道'),
  sound('forest', 'bed', 'forest', '森林'),
  sound('room', 'bed', 'quiet room', '安静的房间'),
  sound('machine', 'bed', 'machine hum', '机器嗡鸣'),
  sound('birds', 'bed', 'birds', '鸟鸣'),
  sound('crickets', 'bed', 'crickets at night', '蟋蟀'),
  sound('dog', 'spot', 'barking dog', '狗叫'),
  sound('rooster', 'spot', 'crowing rooster', '公鸡打鸣'),
  sound('baby', 'spot', 'crying baby', '婴儿哭'),
  sound('sneeze', 'spot', 'sneeze', '打喷嚏'),
  sound('clock', 'bed', 'ticking clock', '钟表滴答'),
  sound('siren', 'bed', 'siren', '警笛'),
  sound('horn', 'spot', 'car horn', '汽车喇叭'),
]

const BY_ID = new Map(SOUNDS.map((each) => [each.id, each]))

/**
 * The sound of this id; one that the page does not know yet goes by its id, and lasts as long as it is said to.
 * @param {string} id
 * @returns {Sound}
 */
export function soundOf(id) {
  return BY_ID.get(id) ?? sound(id, 'spot', id.replaceAll('_', ' '), id.replaceAll('_', ' '))
}

/**
 * @param {string} id of a sound
 * @param {Language} language
 */
export function nameOfSound(id, language) {
  return soundOf(id)[language]
}

/**
 * @param {string} material
 * @param {Language} language
 */
export function nameOfMaterial(material, language) {
  return language === 'zh' && Object.hasOwn(MATERIALS_IN_CHINESE, material) ? MATERIALS_IN_CHINESE[material] : material
}

/**
 * A sound and what it is made of, in a few words: `footsteps, gravel`, `脚步（砾石）`.
 * @param {{label: string, material?: string | null}} what
 * @param {Language} language
 */
export function describe({ label, material }, language) {
  const name = nameOfSound(label, language)
  if (!material) return name
  const of = nameOfMaterial(material, language)
  return language === 'zh' ? `${name}（${of}）` : `${name}, ${of}`
}
