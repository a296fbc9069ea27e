// Functions with the types of their arguments and result. `?` marks arguments that may be left out.
const catalogue = `
string::capitalize str str|string::concat str,any str|string::contains str,str bool|string::ends_with str,str bool
string::join word,str,str str|string::len str num|string::lowercase str str|string::repeat str,small str|string::replace str,word,word str
string::reverse str str|string::slice str,small,small? str|string::slug str str|string::split str,word arrstr|string::starts_with str,str bool
string::trim str str|string::uppercase str str|string::words str arrstr|string::is_alphanum str bool|string::is_alpha str bool
string::is_ascii str bool|string::is_numeric str bool|string::is_email str bool|string::is_hexadecimal str bool|string::is_datetime str bool
string::is_uuid str bool|string::is_domain str bool|string::is_url str bool|string::is_latitude str bool|string::is_longitude str bool
string::is_ip str bool|string::is_ipv4 str bool|string::is_ipv6 str bool|string::is_semver str bool|string::is_ulid str bool|string::is_record str bool
string::matches str,regex bool|string::distance::levenshtein str,str num|string::distance::damerau_levenshtein str,str num
string::similarity::jaro str,str num|string::similarity::jaro_winkler str,str num|string::similarity::fuzzy str,str num|string::html::encode str str
string::semver::compare semver,semver num|string::semver::major semver num|string::semver::minor semver num|string::semver::patch semver num
string::semver::inc::major semver str|string::semver::inc::minor semver str|string::semver::inc::patch semver str
string::distance::osa str,str num|string::distance::normalized_levenshtein str,str num|string::similarity::sorensen_dice str,str num
array::add arr,any arr|array::all arr bool|array::any arr bool|array::append arr,any arr|array::at arr,small any|array::boolean_and arr,arr arr
array::boolean_not arr arr|array::boolean_or arr,arr arr|array::boolean_xor arr,arr arr|array::clump arr,one arr|array::combine arr,arr arr
array::complement arr,arr arr|array::concat arr,arr arr|array::difference arr,arr arr|array::distinct arr arr|array::fill arr,any arr
array::find arr,any any|array::find_index arr,any num|array::filter_index arr,any arr|array::filter arr,pred arr|array::first arr any|array::flatten arr arr|array::group arr arr
array::includes arr,any bool|array::index_of arr,any num|array::insert arr,any,small arr|array::intersect arr,arr arr|array::is_empty arr bool|array::join arrstr,word str
array::last arr any|array::len arr num|array::logical_and arr,arr arr|array::logical_or arr,arr arr|array::logical_xor arr,arr arr|array::map arr,fn arr
array::matches arr,any arr|array::max arr any|array::min arr any|array::pop arr any|array::prepend arr,any arr|array::push arr,any arr
array::range small,small arr|array::remove arr,small arr|array::repeat any,small arr|array::reverse arr arr|array::slice arr,small,small? arr
array::some arr,pred bool|array::every arr,pred bool|array::sort arr arr|array::sort::asc arr arr|array::sort::desc arr arr|array::sort_natural arrstr arr
array::sort_lexical arrstr arr|array::sort_natural_lexical arrstr arr|array::swap arr,zero,zero arr|array::transpose arrarr arr|array::union arr,arr arr|array::windows arr,one arr|array::find arr,pred any|array::fold arrnum,num,fold any|array::pop arr any|array::first arr any|array::last arr any|array::is_empty arr bool
array::fold arrnum,num,fold any|array::reduce arrnum,fold any|array::sequence small,small arr
math::abs num num|math::ceil num num|math::floor num num|math::round num num|math::sqrt pos num|math::sign num num|math::pow small,small num
math::fixed num,one num|math::clamp num,zero,hundred num|math::max arrnum num|math::min arrnum num|math::sum arrnum num|math::mean arrnum num|math::median arrnum num
math::product arrnum num|math::mode arrint num|math::spread arrnum num|math::stddev arrnum num|math::variance arrnum num|math::top arrint,one arrnum|math::bottom arrint,one arrnum
math::interquartile arrnum num|math::midhinge arrnum num|math::trimean arrnum num|math::nearestrank arrnum,hundred num|math::percentile arrnum,hundred num
math::sin num num|math::cos num num|math::tan num num|math::asin unit num|math::acos unit num|math::atan num num|math::acot num num|math::cot pos num|math::ln pos num|math::log10 pos num
math::log2 pos num|math::log pos,pos num|math::deg2rad num num|math::rad2deg num num|math::lerp num,num,unit num|math::lerpangle num,num,unit num
object::entries obj arr|object::extend obj,obj obj|object::from_entries pairs obj|object::is_empty obj bool|object::keys obj arrstr|object::len obj num|object::remove obj,key obj|object::values obj arr
type::is_array any bool|type::is_bool any bool|type::is_bytes any bool|type::is_datetime any bool|type::is_decimal any bool|type::is_duration any bool|type::is_float any bool
type::is_geometry any bool|type::is_int any bool|type::is_none any bool|type::is_null any bool|type::is_number any bool|type::is_object any bool|type::is_point any bool|type::is_range any bool
type::is_record any bool|type::is_set any bool|type::is_string any bool|type::is_uuid any bool|type::is_collection any bool|type::is_line any bool|type::is_polygon any bool
type::of any str|type::string any str|type::int int num|type::float num num|type::decimal num num|type::number num num|type::bool bool bool|type::array arr arr|type::datetime date date|type::duration dur dur
type::uuid uuid uuid|type::record rec rec|type::set arr set|type::bytes str bytes|type::range range any
time::day date num|time::hour date num|time::minute date num|time::second date num|time::month date num|time::year date num|time::wday date num|time::yday date num|time::week date num
time::nano date num|time::micros date num|time::millis date num|time::unix date num|time::floor date,unitdur date|time::ceil date,unitdur date|time::round date,unitdur date|time::group date,timeunit date
time::format date,format str|time::min arrdate date|time::max arrdate date|time::from_secs int date|time::from_millis int date|time::from_micros int date|time::from_nanos int date|time::from_unix int date|time::is_leap_year date bool
time::set_year date,year date|time::set_month date,one date|time::set_day date,one date|time::set_hour date,one date|time::set_minute date,one date|time::set_second date,one date
duration::days dur num|duration::hours dur num|duration::micros dur num|duration::millis dur num|duration::mins dur num|duration::nanos dur num|duration::secs dur num|duration::weeks dur num|duration::years dur num
duration::from_days small dur|duration::from_hours small dur|duration::from_micros small dur|duration::from_millis small dur|duration::from_mins small dur|duration::from_nanos small dur|duration::from_secs small dur|duration::from_weeks small dur
meta::id rec any|meta::tb rec str|record::id rec any|record::tb rec str|record::table rec str|record::exists rec bool|record::is_edge rec bool|count any num|not any bool
crypto::blake3 str str|crypto::md5 str str|crypto::sha1 str str|crypto::sha256 str str|crypto::sha512 str str|crypto::joaat str num|bytes::len bytes num
parse::email::host email str|parse::email::user email str|parse::url::domain url str|parse::url::host url str|parse::url::path url str|parse::url::port url num|parse::url::query url str|parse::url::scheme url str|parse::url::fragment url str
encoding::base64::encode bytes str|set::add set,any set|set::contains set,any bool|set::difference set,set set|set::intersect set,set set|set::union set,set set|set::len set num|set::is_empty set bool|set::first set any|set::last set any
set::at set,small any|set::complement set,set set|set::remove set,any set|set::max set any|set::min set any|set::join set,word str|set::map set,fn any|set::filter set,pred set|set::flatten set set|set::first set any|set::last set any|set::slice set,small,small? set|set::fold set,num,fold any|set::reduce set,fold any|set::find set,pred any|encoding::base64::decode base64 bytes|encoding::cbor::encode any bytes|string::distance::hamming str,str num|string::distance::normalized_damerau_levenshtein str,str num|geo::hash::decode geohash geo|set::at set,small any
geo::distance geo,geo num|geo::bearing geo,geo num|geo::area geo num|geo::centroid geo any|geo::hash::encode geo str|geo::is_valid geo bool
value::diff any,any arr|value::patch obj,nopatch obj|vector::add vec,vec arrnum|vector::subtract vec,vec arrnum|vector::multiply vec,vec arrnum|vector::divide vec,vec arrnum|vector::dot vec,vec num|vector::magnitude vec num
vector::normalize vec arrnum|vector::cross vec,vec arrnum|vector::scale vec,num arrnum|vector::angle vec,vec num|vector::project vec,vec arrnum|vector::distance::euclidean vec,vec num|vector::distance::manhattan vec,vec num|vector::distance::chebyshev vec,vec num
vector::distance::hamming vec,vec num|vector::similarity::cosine vec,vec num|vector::similarity::jaccard vec,vec num|vector::similarity::pearson vec,vec num|vector::distance::minkowski vec,vec,small num
time::from_ulid ulid date|time::from_uuid uuid date|time::set_nanosecond date,one date|type::geometry geo geo|type::point pointarr geo|type::string_lossy bytes str|type::table word any
type::is_multiline any bool|type::is_multipoint any bool|type::is_multipolygon any bool|string::semver::set::major semver,one str|string::semver::set::minor semver,one str|string::semver::set::patch semver,one str
encoding::cbor::decode cbor any`;

/** What the engine parses, but never answers. */
export const unanswered = ['vector::distance::mahalanobis', 'vector::similarity::spearman', 'value::chain'];

/** `{name, takes: [type], gives}` for every function the generator knows. */
export const functions = catalogue.trim().split(/[\n|]/).map((line) => {
  const [name, takes, gives] = line.trim().split(' ');
  return { name, takes: takes.split(','), gives };
});

/** Arguments that only make sense as constants of a certain shape. */
export const constants = {
  word: ["'a'", "','", "' '", "''", "'x'"], small: ['0', '1', '2', '3', '-1'], one: ['1', '2', '3'], zero: ['0'],
  hundred: ['50', '100', '25', '0', '90'], pos: ['0.5', '2', '10', '3.25', '100'], unit: ['0.5', '0', '1', '0.25'],
  regex: ['/a/', "'b+'", '/^[a-z]+$/', '/B/'], semver: ["'1.2.3'", "'0.10.0'", "'2.0.0-rc1'"], key: ["'city'", "'zip'", "'none'"],
  pairs: ["[['a', 1], ['b', 2]]", '[]'], unitdur: ['1d', '1h', '1w', '15m', '1s'], format: ["'%Y-%m-%d'", "'%H:%M:%S'", "'%A %j'", "'%d %b %Y'"],
  year: ['2024', '2023'], email: ["'me@example.com'", "'no'"], url: ["'https://example.com:81/a/b?c=d#e'", "'http://x.org'", "'x'"],
  nopatch: ["[{ op: 'add', path: '/z', value: 1 }]", "[{ op: 'remove', path: '/city' }]"], vec: ['[1, 2, 3]', '[0.5, -1, 4]', '[2, 2, 1]'],
  arrarr: ['[[1, 2], [3, 4]]', '[[1], [2, 3]]'], range: ['1..5', '0..=3'], int: ['0', '1700000000', '5', '-3', '86400'], arrint: ['[1, 2, 2, 3]', '[5]', '[3, 1, 2]', '[]'],
  timeunit: ["'year'", "'month'", "'day'", "'hour'", "'minute'", "'second'"],
  base64: ["'aGk'", "''", "'YQ'"], geohash: ["'mpuxk4s24f51'", "'u'"],
  ulid: ["'01H6YNZ6A8V5J0Q5D8QZ9Y8Z8Z'"], pointarr: ['[1, 2]', '[0.5, -7]'], cbor: ["b'01'", "b'83016161f6'", "b'a16161f93c00'"],
  fn: ['|$v| $v', '|$v| [$v]', '|$v| type::of($v)'], pred: ['|$v| $v > 2', '|$v| $v IS NOT NONE', "|$v| $v = 'a'"], fold: ['|$a, $b| $a + $b', '|$a, $b| $b'],
};
