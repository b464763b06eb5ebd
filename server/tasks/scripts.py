"""Every change of a task's state, as scripts that the store runs whole or not at all.

All keys begin with `wildtrack:`. The scripts find some of them in others, so a Redis Cluster is not served.

| key | type | holds |
|---|---|---|
| `task:{id}` | hash | what one caller has: job, digest of the token, owner; expires |
| `job:{id}` | hash | what is made, once for all tasks that want the same: state, request, source, fence, n, ... |
| `job:{id}:log` | stream | entry i under the id 0-(i+1), from `spilled` on; field c is sound, e JSON, x the end |
| `job:{id}:events` | list | the JSON of all entries, until it is over |
| `job:{id}:digests` | string | 16 hexadecimal digits of SHA-1 for each entry, by which a repeat is compared |
| `job:{id}:tasks` `:wanting` | set | its tasks; those of them that were not cancelled |
| `content:{hash}` | string | the job of this video and request |
| `source:{name}` | set | the jobs of this upload |
| `jobs` `active` | sorted set | all jobs, those that are not over; by when they were last asked for, or made |
| `fetching` | sorted set | tasks whose video is being fetched |
| `log_bytes` | integer | what all logs hold |
| `ended` | hash | jobs that are over, by their state; samples they have in all; cpu_s of workers |
| `worker` | string | there while any worker lives |
| `secret` | string | signs tokens |
"""

from typing import Final

KEY: Final = "wildtrack:"
_WHEN_FULL: Final = "#!lua flags=allow-oom\n"
"""What ends work and frees room must get through when there is none left."""
LOG_LIVES_ON_S: Final = 60
"""What is over is read from files; for those who are about to read it from the log, it stays as long."""

_COMMON: Final = """
local P = 'wildtrack:'
local function job_key(id, what) return P .. 'job:' .. id .. (what and (':' .. what) or '') end
local function over(state) return state ~= 'pending' and state ~= 'processing' end

-- Whoever reads the log sees that nothing more comes; what it took is free again.
local function close_log(id, lives_s)
  local key = job_key(id)
  local fields = redis.call('HMGET', key, 'n', 'bytes')
  redis.call('DECRBY', P .. 'log_bytes', tonumber(fields[2]) or 0)
  redis.call('HSET', key, 'bytes', 0)
  redis.call('XADD', job_key(id, 'log'), '0-' .. ((tonumber(fields[1]) or 0) + 1), 'x', '')
  redis.call('EXPIRE', job_key(id, 'log'), lives_s)
  redis.call('EXPIRE', job_key(id, 'events'), lives_s)
  redis.call('DEL', job_key(id, 'digests'))
  redis.call('ZREM', P .. 'active', id)
end

local function finish(id, state, now, error)
  redis.call('HSET', job_key(id), 'state', state, 'ended', now, 'error', error)
  redis.call('HINCRBY', P .. 'ended', state, 1)
  redis.call('HINCRBY', P .. 'ended', 'samples', redis.call('HGET', job_key(id), 'samples'))
  if state ~= 'completed' then
    local content = redis.call('HGET', job_key(id), 'content')
    if redis.call('GET', P .. 'content:' .. content) == id then redis.call('DEL', P .. 'content:' .. content) end
  end
  close_log(id, LIVES)
end

-- Gives the name of its upload where no other job needs that, else ''.
local function remove_job(id)
  local key = job_key(id)
  local fields = redis.call('HMGET', key, 'state', 'content', 'source')
  if not fields[1] then return '' end
  if not over(fields[1]) then
    redis.call('HINCRBY', P .. 'ended', 'cancelled', 1)
    close_log(id, 5)
  else redis.call('DEL', job_key(id, 'log')) end
  if redis.call('GET', P .. 'content:' .. fields[2]) == id then redis.call('DEL', P .. 'content:' .. fields[2]) end
  redis.call('DEL', key, job_key(id, 'events'), job_key(id, 'digests'), job_key(id, 'tasks'), job_key(id, 'wanting'))
  redis.call('ZREM', P .. 'jobs', id)
  redis.call('ZREM', P .. 'active', id)
  redis.call('SREM', P .. 'source:' .. fields[3], id)
  if redis.call('EXISTS', P .. 'source:' .. fields[3]) == 0 then return fields[3] end
  return ''
end

-- Whether this worker may still write: 'ok', or why not.
local function allowed(id, fence)
  local fields = redis.call('HMGET', job_key(id), 'state', 'fence')
  if not fields[1] then return 'over' end
  if fields[2] ~= fence then return 'lost' end
  if fields[1] ~= 'processing' then return 'over' end
  return 'ok'
end
""".replace("LIVES", str(LOG_LIVES_ON_S))

SUBMIT: Final = (
    _COMMON
    + """
-- task, digest, owner, now, expires, content, source, request, max_active, max_bytes, is_fetched, notes
-- -> {outcome, job}
local task, now, content = ARGV[1], ARGV[4], ARGV[6]
if ARGV[11] == '1' then
  -- It was made before its video was here; meanwhile it may have been deleted or cancelled.
  redis.call('ZREM', P .. 'fetching', task)
  if redis.call('EXISTS', P .. 'task:' .. task) == 0 then return {'gone', ''} end
  if redis.call('HEXISTS', P .. 'task:' .. task, 'cancelled') == 1 then return {'gone', ''} end
end
local job, outcome = redis.call('GET', P .. 'content:' .. content), 'shared'
if not job then
  if redis.call('ZCARD', P .. 'active') >= tonumber(ARGV[9]) then return {'busy', ''} end
  if tonumber(redis.call('GET', P .. 'log_bytes') or '0') >= tonumber(ARGV[10]) then return {'full', ''} end
  job, outcome = string.sub(content, 1, 32) .. '-' .. redis.call('INCR', P .. 'made'), 'new'
  redis.call('HSET', job_key(job), 'state', 'pending', 'content', content, 'source', ARGV[7], 'request', ARGV[8],
    'fence', 0, 'n', 0, 'samples', 0, 'bytes', 0, 'spilled', 0, 'claims', 0, 'reach', -1, 'died_at', -2, 'created', now)
  redis.call('SET', P .. 'content:' .. content, job)
  redis.call('SADD', P .. 'source:' .. ARGV[7], job)
  redis.call('ZADD', P .. 'active', now, job)
elseif redis.call('HGET', job_key(job), 'state') == 'completed' then
  outcome = 'cached'
end
redis.call('ZADD', P .. 'jobs', now, job)
redis.call('HSET', job_key(job), 'seen', now)
redis.call('SADD', job_key(job, 'tasks'), task)
redis.call('SADD', job_key(job, 'wanting'), task)
redis.call('HSET', P .. 'task:' .. task, 'job', job, 'is_cached', outcome == 'cached' and '1' or '0')
if ARGV[11] == '0' then
  redis.call('HSET', P .. 'task:' .. task, 'digest', ARGV[2], 'owner', ARGV[3], 'created', now,
    'notes', ARGV[12])
  redis.call('EXPIREAT', P .. 'task:' .. task, math.floor(tonumber(ARGV[5])))
end
return {outcome, job}
"""
)

SUBMIT_URL: Final = (
    _COMMON
    + """
-- task, digest, owner, now, expires, fetch, max_active, max_bytes, notes -> new | busy | full
local active = redis.call('ZCARD', P .. 'active') + redis.call('ZCARD', P .. 'fetching')
if active >= tonumber(ARGV[7]) then return 'busy' end
if tonumber(redis.call('GET', P .. 'log_bytes') or '0') >= tonumber(ARGV[8]) then return 'full' end
local key = P .. 'task:' .. ARGV[1]
redis.call('HSET', key, 'digest', ARGV[2], 'owner', ARGV[3], 'created', ARGV[4], 'fetch', ARGV[6], 'notes', ARGV[9])
redis.call('EXPIREAT', key, math.floor(tonumber(ARGV[5])))
redis.call('ZADD', P .. 'fetching', ARGV[4], ARGV[1])
return 'new'
"""
)

FAIL_FETCH: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- task, error
redis.call('ZREM', P .. 'fetching', ARGV[1])
if redis.call('EXISTS', P .. 'task:' .. ARGV[1]) == 1 then
  redis.call('HSET', P .. 'task:' .. ARGV[1], 'error', ARGV[2])
end
return 'ok'
"""
)

CLAIM: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job, now, idle_s, idle_error, max_claims, crash_error -> {fence, n, spilled, request, source} or {}
local key, now = job_key(ARGV[1]), tonumber(ARGV[2])
local fields = redis.call('HMGET', key, 'state', 'seen', 'reach', 'died_at')
if not fields[1] or over(fields[1]) then return {} end
if now - tonumber(fields[2]) > tonumber(ARGV[3]) then
  finish(ARGV[1], 'cancelled', ARGV[2], ARGV[4])
  return {}
end
-- Every claim but the first follows a worker that died: here or there if it was killed, always at the same entry if
-- this job is what kills it. Such a one is not tried for ever.
if fields[3] ~= fields[4] then redis.call('HSET', key, 'claims', 0) end
if redis.call('HINCRBY', key, 'claims', 1) > tonumber(ARGV[5]) then
  finish(ARGV[1], 'failed', ARGV[2], ARGV[6])
  return {}
end
redis.call('HSET', key, 'state', 'processing', 'claimed', ARGV[2], 'died_at', fields[3], 'reach', 0)
redis.call('HINCRBY', key, 'fence', 1)
return redis.call('HMGET', key, 'fence', 'n', 'spilled', 'request', 'source')
"""
)

APPEND: Final = (
    _COMMON
    + """
-- job, fence, index, kind, data, samples, is_progress, max_bytes -> ok | there | lost | over | gap | full | differs
local id, index, kind, data = ARGV[1], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local verdict = allowed(id, ARGV[2])
if verdict ~= 'ok' then return verdict end
local key = job_key(id)
local n = tonumber(redis.call('HGET', key, 'n'))
if index > n then return 'gap' end
local digest = string.sub(redis.sha1hex(kind .. data), 1, 16)
if index < n then
  redis.call('HSET', key, 'reach', index + 1)
  local known = redis.call('GETRANGE', job_key(id, 'digests'), 16 * index, 16 * index + 15)
  return known == digest and 'there' or 'differs'
end
if tonumber(redis.call('GET', P .. 'log_bytes') or '0') + #data > tonumber(ARGV[8]) then return 'full' end
redis.call('XADD', job_key(id, 'log'), '0-' .. (index + 1), kind, data)
redis.call('APPEND', job_key(id, 'digests'), digest)
if kind == 'e' then redis.call('RPUSH', job_key(id, 'events'), data) end
if ARGV[7] == '1' then redis.call('HSET', key, 'progress', data) end
redis.call('HSET', key, 'n', n + 1, 'reach', n + 1)
redis.call('HINCRBY', key, 'samples', ARGV[6])
redis.call('HINCRBY', key, 'bytes', #data)
redis.call('INCRBY', P .. 'log_bytes', #data)
return 'ok'
"""
)

SPILL: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job, fence, upto, bytes -> ok | lost | over: entries before `upto` are in files now.
local verdict = allowed(ARGV[1], ARGV[2])
if verdict ~= 'ok' then return verdict end
-- Asked again, because the answer was lost.
if redis.call('HGET', job_key(ARGV[1]), 'spilled') == ARGV[3] then return 'ok' end
redis.call('HSET', job_key(ARGV[1]), 'spilled', ARGV[3])
redis.call('XTRIM', job_key(ARGV[1], 'log'), 'MINID', '0-' .. (tonumber(ARGV[3]) + 1))
redis.call('HINCRBY', job_key(ARGV[1]), 'bytes', -ARGV[4])
redis.call('DECRBY', P .. 'log_bytes', ARGV[4])
return 'ok'
"""
)

SEAL: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job, fence, upto -> ok | lost: of a job that is over, entries before `upto` are in files.
local fence = redis.call('HGET', job_key(ARGV[1]), 'fence')
if fence ~= ARGV[2] then return 'lost' end
redis.call('HSET', job_key(ARGV[1]), 'spilled', ARGV[3])
return 'ok'
"""
)

FINISH: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job, fence, state, now, error -> ok | lost | over
local verdict = allowed(ARGV[1], ARGV[2])
if verdict == 'over' and redis.call('HGET', job_key(ARGV[1]), 'state') == ARGV[3] then return 'ok' end
if verdict ~= 'ok' then return verdict end
finish(ARGV[1], ARGV[3], ARGV[4], ARGV[5])
return 'ok'
"""
)

BEAT: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job, fence, now, idle_s, idle_error, limit_s, limit_error -> ok | lost | over
local verdict = allowed(ARGV[1], ARGV[2])
if verdict ~= 'ok' then return verdict end
local fields = redis.call('HMGET', job_key(ARGV[1]), 'seen', 'claimed')
if tonumber(ARGV[3]) - tonumber(fields[1]) > tonumber(ARGV[4]) then
  finish(ARGV[1], 'cancelled', ARGV[3], ARGV[5])
  return 'over'
end
if tonumber(ARGV[3]) - tonumber(fields[2]) > tonumber(ARGV[6]) then
  finish(ARGV[1], 'failed', ARGV[3], ARGV[7])
  return 'over'
end
redis.call('HSET', job_key(ARGV[1]), 'beat', ARGV[3])
return 'ok'
"""
)

END_IF_IDLE: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job, now, idle_s, error -> 1 where it is over, or was ended because nobody wants it
local fields = redis.call('HMGET', job_key(ARGV[1]), 'state', 'seen')
if not fields[1] or over(fields[1]) then return 1 end
if tonumber(ARGV[2]) - tonumber(fields[2]) <= tonumber(ARGV[3]) then return 0 end
finish(ARGV[1], 'cancelled', ARGV[2], ARGV[4])
return 1
"""
)

CANCEL: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- task, now, error -> the task's job, or '': the job ends where no other task wants it.
local task = P .. 'task:' .. ARGV[1]
local job = redis.call('HGET', task, 'job')
if not job then
  -- Its video is still being fetched.
  if redis.call('ZREM', P .. 'fetching', ARGV[1]) == 1 then redis.call('HSET', task, 'cancelled', ARGV[2]) end
  return ''
end
local state = redis.call('HGET', job_key(job), 'state')
if not state or over(state) or redis.call('HEXISTS', task, 'cancelled') == 1 then return job end
redis.call('HSET', task, 'cancelled', ARGV[2])
redis.call('SREM', job_key(job, 'wanting'), ARGV[1])
if redis.call('SCARD', job_key(job, 'wanting')) == 0 then finish(job, 'cancelled', ARGV[2], ARGV[3]) end
return job
"""
)

DELETE: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- task, now, error -> {job, upload}: what nobody has any more, '' where somebody has.
local task = P .. 'task:' .. ARGV[1]
local job = redis.call('HGET', task, 'job')
redis.call('DEL', task)
redis.call('ZREM', P .. 'fetching', ARGV[1])
if not job then return {'', ''} end
redis.call('SREM', job_key(job, 'tasks'), ARGV[1])
redis.call('SREM', job_key(job, 'wanting'), ARGV[1])
if redis.call('SCARD', job_key(job, 'tasks')) == 0 then return {job, remove_job(job)} end
local state = redis.call('HGET', job_key(job), 'state')
if state and not over(state) and redis.call('SCARD', job_key(job, 'wanting')) == 0 then
  finish(job, 'cancelled', ARGV[2], ARGV[3])
end
return {'', ''}
"""
)

REAP: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job -> {is_removed, upload}: forgets tasks that have expired, and the job with the last of them.
local job = ARGV[1]
for _, task in ipairs(redis.call('SMEMBERS', job_key(job, 'tasks'))) do
  if redis.call('EXISTS', P .. 'task:' .. task) == 0 then
    redis.call('SREM', job_key(job, 'tasks'), task)
    redis.call('SREM', job_key(job, 'wanting'), task)
  end
end
if redis.call('SCARD', job_key(job, 'tasks')) > 0 then return {0, ''} end
return {1, remove_job(job)}
"""
)

DROP: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- job -> upload: removes a job and all its tasks.
for _, task in ipairs(redis.call('SMEMBERS', job_key(ARGV[1], 'tasks'))) do redis.call('DEL', P .. 'task:' .. task) end
return remove_job(ARGV[1])
"""
)

COUNT_BYTES: Final = (
    _WHEN_FULL
    + _COMMON
    + """
-- -> {pending, processing, bytes, ended}: what all logs hold is added up anew, should it ever be wrong.
local states, bytes = {pending = 0, processing = 0}, 0
for _, job in ipairs(redis.call('ZRANGE', P .. 'active', 0, -1)) do
  local fields = redis.call('HMGET', job_key(job), 'state', 'bytes')
  if fields[1] then
    states[fields[1]] = (states[fields[1]] or 0) + 1
    bytes = bytes + tonumber(fields[2])
  else
    redis.call('ZREM', P .. 'active', job)
  end
end
redis.call('SET', P .. 'log_bytes', bytes)
return {states.pending, states.processing, bytes, redis.call('HGETALL', P .. 'ended')}
"""
)
