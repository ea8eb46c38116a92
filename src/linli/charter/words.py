"""The charter's closed words as people say them, in both languages. Pure: usable where there is no Django."""

from __future__ import annotations

from linli.charter.schema import Duration, Name, Step

LEVEL = {
    "province": Name("省", "province"),
    "city": Name("市", "city"),
    "district": Name("区县", "district"),
    "street": Name("街道", "street"),
    "community": Name("社区", "community"),
    "grid": Name("网格", "grid"),
    "building": Name("楼栋", "building"),
    "unit": Name("单元", "unit"),
    "dwelling": Name("户室", "dwelling"),
}

ACTION = {
    "accept": Name("受理", "accept or refuse"),
    "dispatch": Name("派遣", "dispatch"),
    "entrust": Name("交办", "answer oneself or dispatch"),
    "handle": Name("办理", "handle"),
    "check": Name("核查", "check on the spot"),
    "answer": Name("答复", "answer"),
    "rate": Name("评价", "rate"),
    "callback": Name("回访", "call back"),
    "opinion": Name("审议", "give an opinion"),
    "follow": Name("跟踪履行", "see what was agreed on kept"),
    "publish": Name("公示", "publish"),
}

OUTCOME = {
    "accepted": Name("受理", "accepted"),
    "refused": Name("不予受理", "refused"),
    "dispatched": Name("已派遣", "dispatched"),
    "own": Name("亲自答复", "answered by oneself"),
    "done": Name("办完", "done"),
    "return": Name("回退", "sent back"),
    "passed": Name("通过", "passed"),
    "rework": Name("返工", "rework"),
    "answered": Name("已答复", "answered"),
    "satisfied": Name("满意", "satisfied"),
    "dissatisfied": Name("不满意", "not satisfied"),
    "silent": Name("未评价", "no word"),
    "explained": Name("已解释", "explained"),
    "unreached": Name("未接通", "not reached"),
    "agree": Name("同意", "agreed"),
    "refuse": Name("不同意", "not agreed"),
    "anew": Name("重新商定", "agreed on anew"),
    "quiet": Name("无异议", "no objection"),
    "objected": Name("有异议", "objected"),
    "exhausted": Name("次数用完", "returns used up"),
    "withdrawn": Name("当事人撤回或退出", "taken back or left by those concerned"),
}

BODY_KIND = {
    "party": Name("党组织", "party body"),
    "committee": Name("居民委员会", "residents' committee"),
    "station": Name("服务站", "service station"),
    "street": Name("街道机关", "street office"),
    "department": Name("部门", "department"),
    "district": Name("区级机构", "district office"),
    "mediation": Name("人民调解组织", "people's mediation committee"),
}

PERIOD = {
    "day": Name("每天", "a day"),
    "week": Name("每周", "a week"),
    "month": Name("每月", "a month"),
    "quarter": Name("每季度", "a quarter"),
    "year": Name("每年", "a year"),
}

PRESSES = {
    "urge": Name("催办责任岗位，抄送上一级", "whoever is responsible is urged, with a copy to the post above"),
    "supervise": Name("督办", "the work is supervised"),
    "notice": Name("列入当月通报", "body and post are named in the notice of the month"),
}

WEEKDAY = {
    "monday": Name("周一", "Monday"),
    "tuesday": Name("周二", "Tuesday"),
    "wednesday": Name("周三", "Wednesday"),
    "thursday": Name("周四", "Thursday"),
    "friday": Name("周五", "Friday"),
    "saturday": Name("周六", "Saturday"),
    "sunday": Name("周日", "Sunday"),
}

RATE = {
    "responded": Name("响应率", "Responded in time"),
    "closing": Name("结案率", "Closing rate"),
    "on_time": Name("按期结案率", "Closed in time"),
    "solved": Name("解决率", "Solved"),
    "satisfied": Name("满意率", "Satisfied"),
    "satisfied_own": Name("满意率（本人评价）", "Satisfied, own rating"),
    "satisfied_called": Name("满意率（回访）", "Satisfied, called back"),
    "called": Name("回访接通率", "Reached by call-back"),
    "repeated": Name("重复诉求占比", "Repeated at the place"),
    "dispatch": Name("派遣准确率", "Dispatched right"),
    "rework": Name("返工率", "Rework"),
    "mediation_success": Name("调解成功率", "Mediation success rate"),
    "settled_community": Name("小事不出社区", "Settled in the community"),
    "settled_street": Name("大事不出街道", "Settled within the street"),
    "settled_within": Name("按层级化解率", "Settled where they should be"),
    "performance": Name("协议履行率", "Agreements performed"),
}

ABILITY = {
    "matter.see": Name("查看诉求", "read matters"),
    "matter.report": Name("上报诉求", "raise matters"),
    "matter.intake": Name("受理台办理", "take in, accept and dispatch matters"),
    "matter.contact": Name("查看诉求人联系方式", "read the reporter's name and phone"),
    "matter.export": Name("导出诉求", "take lists out"),
    "matter.publish": Name("决定公开", "decide what is public"),
    "matter.join": Name("并案、拆分、关联", "merge, split and link matters"),
    "matter.transfer": Name("移送诉求", "hand matters to another place or authority"),
    "hotline.exchange": Name("与热线系统交换工单", "exchange work orders with the hotline's system"),
    "box.keep": Name("开启意见箱、录入意见", "open opinion boxes and enter their slips"),
    "box.manage": Name("设置意见箱", "hang, move and take down opinion boxes"),
    "flow.act": Name("办理本岗步骤", "take the steps of one's seat"),
    "flow.urge": Name("催办", "urge"),
    "flow.supervise": Name("督办、通报", "supervise, sign notices"),
    "flow.approve": Name("审批延期和挂账", "decide on extensions and the ledger"),
    "flow.assign": Name("调整责任人", "move work between seats"),
    "flow.join": Name("发起联合办理", "call in other departments"),
    "place.see": Name("查看地点", "see places"),
    "place.edit": Name("维护地点", "load and change places"),
    "post.see": Name("查看岗位", "see posts"),
    "post.assign": Name("任免岗位", "appoint to posts"),
    "charter.see": Name("查看章程", "read the charter"),
    "measure.see": Name("查看态势", "read the figures of the area"),
    "plan.see": Name("查看网格划分和规划测算", "see how communities are divided into grids, and planning studies"),
    "plan.grids": Name("拟订网格划分方案、做规划测算", "make and propose divisions into grids, and make planning studies"),
    "audit.see": Name("查看日志、核验历史", "read logs and verify history"),
    "gathering.see": Name("查看会议活动", "see gatherings"),
    "gathering.convene": Name("召集会议活动", "convene gatherings"),
    "gathering.record": Name("记录会议活动", "write down who came, minutes and result of gatherings"),
    "person.see": Name("查看居民", "find and read households and people"),
    "person.edit": Name("登记居民", "enter, correct and move people"),
    "person.unmask": Name("查看证件号码和电话", "read identity numbers and telephones"),
    "person.minor": Name("查看儿童受保护信息", "read what is protected of children"),
    "person.export": Name("导出住户名册", "take lists of households out"),
    "person.approve": Name("审批住户名册导出", "approve lists of households that others take out"),
    "group.see": Name("查看走访群体", "see who is visited under a group"),
    "group.edit": Name("登记走访群体", "enter people into a group"),
    "outbox.manage": Name("管理对外消息和系统订阅", "manage messages to the outside and subscriptions"),
}

NEED = {
    "result": Name("办理结果", "result"),
    "answer": Name("答复内容", "answer"),
    "finding": Name("核查情况", "finding"),
    "reason": Name("理由", "reason"),
    "photo": Name("照片", "photo"),
}

REPORTER = Name("诉求人", "the person who raised it")
ROUTE = Name("类别的责任岗位", "the category's responsible post")
SAME = Name("上一步的责任岗位", "the post that had the step before")


def say(name: Name | None, lang: str) -> str:
    """A name in the language asked for: Chinese where ``lang`` starts with "zh"."""
    if name is None:
        return ""
    return name.zh if lang.startswith("zh") else name.en


def word(table: dict[str, Name], key: str, lang: str) -> str:
    """A closed word as people say it; the word itself where it isn't in the table."""
    return say(table[key], lang) if key in table else key


def outcome(step: Step, key: str, lang: str) -> str:
    """What an outcome of a step is called: in the step's own word, where it has one."""
    return say(step.labels[key], lang) if key in step.labels else word(OUTCOME, key, lang)


def duration(span: Duration | str | None, lang: str) -> str:
    """``P3D`` as "3 个工作日" or "3 working days"; "category" as the category's own limit; "" for none."""
    if span is None:
        return ""
    zh = lang.startswith("zh")
    if span == "agreed":
        return "按约定的日期" if zh else "the day agreed on"
    if isinstance(span, str):
        return "按类别时限" if zh else "the category's limit"
    natural = span.clock == "natural"
    if span.days or not span.hours:
        if zh:
            return f"{span.days} {'天' if natural else '个工作日'}"
        return f"{span.days} {'' if natural else 'working '}{'day' if span.days == 1 else 'days'}"
    if zh:
        return f"{span.hours} {'小时' if natural else '个工作小时'}"
    return f"{span.hours} {'' if natural else 'working '}{'hour' if span.hours == 1 else 'hours'}"


def times(count: int, lang: str) -> str:
    """How often: "2 次", "twice"."""
    if lang.startswith("zh"):
        return f"{count} 次"
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
