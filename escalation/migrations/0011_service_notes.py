"""How it goes on with a machine after the decision, and the part that it takes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0010_batch'),
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(blank=True, default='', max_length=80)),
                ('text', models.CharField(max_length=600)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='service_notes', to='escalation.case')),
            ],
        ),
        migrations.AlterField(
            model_name='case',
            name='closed_by_event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('hold', 'hold'), ('speak_up', 'speak_up'), ('release', 'release'), ('hold_end', 'hold_end'), ('claim', 'claim'), ('talk', 'talk'), ('hang_up', 'hang_up'), ('take_over', 'take_over'), ('ask_person', 'ask_person'), ('approve', 'approve'), ('refuse', 'refuse'), ('contact', 'contact'), ('person_end', 'person_end'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply'), ('inform', 'inform'), ('ask_helped', 'ask_helped'), ('offer', 'offer'), ('emergency', 'emergency'), ('step', 'step'), ('not_heard', 'not_heard'), ('object', 'object'), ('objection_end', 'objection_end'), ('apologise', 'apologise'), ('service_note', 'service_note'), ('wish', 'wish'), ('called_us', 'called_us'), ('invite', 'invite'), ('accept', 'accept'), ('resign', 'resign'), ('answer', 'answer'), ('read', 'read'), ('propose', 'propose'), ('named', 'named')], default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='caseevent',
            name='event',
            field=models.CharField(choices=[('receive', 'receive'), ('check', 'check'), ('queue', 'queue'), ('nobody', 'nobody'), ('hold', 'hold'), ('speak_up', 'speak_up'), ('release', 'release'), ('hold_end', 'hold_end'), ('claim', 'claim'), ('talk', 'talk'), ('hang_up', 'hang_up'), ('take_over', 'take_over'), ('ask_person', 'ask_person'), ('approve', 'approve'), ('refuse', 'refuse'), ('contact', 'contact'), ('person_end', 'person_end'), ('give_back', 'give_back'), ('lease_end', 'lease_end'), ('decide', 'decide'), ('sent_home', 'sent_home'), ('owner_resolve', 'owner_resolve'), ('withdraw', 'withdraw'), ('consent_end', 'consent_end'), ('look', 'look'), ('reply', 'reply'), ('inform', 'inform'), ('ask_helped', 'ask_helped'), ('offer', 'offer'), ('emergency', 'emergency'), ('step', 'step'), ('not_heard', 'not_heard'), ('object', 'object'), ('objection_end', 'objection_end'), ('apologise', 'apologise'), ('service_note', 'service_note'), ('wish', 'wish'), ('called_us', 'called_us'), ('invite', 'invite'), ('accept', 'accept'), ('resign', 'resign'), ('answer', 'answer'), ('read', 'read'), ('propose', 'propose'), ('named', 'named')], max_length=16),
        ),
    ]
